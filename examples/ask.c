// SPDX-License-Identifier: Apache-2.0
// Asks about one child: cc ask.c $(pkg-config --cflags --libs libsignpost) && ./a.out [CONFIGURATION]
// Reads forenames, surname, date of birth and NHS number, a line each: nothing about a child goes into arguments.
#include <signpost.h>
#include <stdio.h>
#include <string.h>

static const char *read_line(char *line, int size) {
    if (fgets(line, size, stdin) == NULL) {
        line[0] = '\0';
    }
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

int main(int argc, char **argv) {
    char lines[4][256], message[1024];
    struct signpost *scheme = NULL;
    if (signpost_open(argc > 1 ? argv[1] : NULL, &scheme) != SIGNPOST_OK) {
        fprintf(stderr, "ask: %s\n", signpost_reason());
        return 2;
    }
    const struct signpost_question question = {.purpose = "assessment"};
    const struct signpost_child child = {.details = {.forenames = read_line(lines[0], sizeof lines[0]),
                                                     .surname = read_line(lines[1], sizeof lines[1]),
                                                     .date_of_birth = read_line(lines[2], sizeof lines[2]),
                                                     .nhs_number = read_line(lines[3], sizeof lines[3])}};
    struct signpost_reply reply;
    signpost_set_deadline(scheme, 30000);
    enum signpost_problem problem = signpost_ask(scheme, &question, &child, 1, &reply);
    signpost_message(&reply, message, sizeof message);
    printf("%s\n%s\nReference %s\n", signpost_answer_text(reply.answer), message, reply.reference);
    if (problem != SIGNPOST_OK) {
        fprintf(stderr, "ask: %s: %s\n", signpost_problem_text(problem), signpost_reason());
    }
    signpost_free(scheme);
    return problem == SIGNPOST_OK ? 0 : 2;
}
