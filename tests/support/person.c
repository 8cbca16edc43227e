// SPDX-License-Identifier: Apache-2.0
#include "tests/support/person.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 60000

static void run(const char *dir, const char *const *argv, int in, int out) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (chdir(dir) != 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0) {
        _exit(126);
    }
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

void person_start(struct person *person, const char *dir, const char *const *argv) {
    int in[2], out[2];
    *person = (struct person){0};
    cr_assert_eq(pipe2(in, O_CLOEXEC), 0);
    cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
    signal(SIGPIPE, SIG_IGN);
    person->program = forkpty(&person->terminal, NULL, NULL, NULL);
    if (person->program == 0) {
        run(dir, argv, in[0], out[1]);
    }
    cr_assert_gt(person->program, 0);
    close(in[0]);
    close(out[1]);
    cr_assert_eq(fcntl(person->terminal, F_SETFD, FD_CLOEXEC), 0);
    person->in = fdopen(in[1], "w");
    person->out = fdopen(out[0], "r");
    cr_assert(person->in != NULL && person->out != NULL);
}

static const char *unread(struct person *person) {
    const char *text = buf_str(&person->seen);
    return text == NULL ? "" : text + person->read_to;
}

// False once the program has closed the terminal.
static bool look(struct person *person) {
    char bytes[256];
    struct pollfd polled = {.fd = person->terminal, .events = POLLIN};
    cr_assert_gt(poll(&polled, 1, PATIENCE_MS), 0, "the terminal stays silent after: %s", unread(person));
    ssize_t got = read(person->terminal, bytes, sizeof bytes);
    if (got > 0) {
        buf_put(&person->seen, bytes, (size_t)got);
    }
    return got > 0;
}

void person_wait_for(struct person *person, const char *text) {
    const char *found = NULL;
    while ((found = strstr(unread(person), text)) == NULL) {
        cr_assert(look(person), "the terminal shows no \"%s\", but: %s", text, unread(person));
    }
    person->read_to = (size_t)(found - buf_str(&person->seen)) + strlen(text);
}

void person_type(struct person *person, const char *text) {
    cr_assert_eq(write(person->terminal, text, strlen(text)), (ssize_t)strlen(text));
}

void person_send(struct person *person, const char *line) {
    cr_assert(fprintf(person->in, "%s\n", line) > 0 && fflush(person->in) == 0);
}

char *person_receive(struct person *person) {
    char *line = NULL;
    size_t size = 0;
    ssize_t len = getline(&line, &size, person->out);
    cr_assert_gt(len, 0, "no line, but on the terminal: %s", unread(person));
    line[len - 1] = '\0';
    return line;
}

int person_end(struct person *person, char **out) {
    struct buf rest = {0};
    int status = 0;
    fclose(person->in);
    for (int byte; (byte = fgetc(person->out)) != EOF;) {
        buf_put_u8(&rest, (uint8_t)byte);
    }
    while (look(person)) {
    }
    cr_assert_eq(waitpid(person->program, &status, 0), person->program);
    fclose(person->out);
    close(person->terminal);
    if (out != NULL) {
        *out = strdup(buf_str(&rest));
    }
    buf_free(&rest);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
