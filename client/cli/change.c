// SPDX-License-Identifier: Apache-2.0
#include "client/cli/change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/progress_bar.h"
#include "base/secret.h"
#include "client/changes.h"
#include "client/cli/ask.h"
#include "client/cli/cli.h"
#include "client/cli/contacts.h"
#include "client/cli/messages.h"
#include "client/cli/prompt.h"

#define NOT_FOUND "your agency has no such record under these details; nothing was changed"

struct change_options {
    const char *config, *csv, *was, *out, *ask, *on_behalf_of;
    bool json, previous, quiet;
};

struct changing { // one run of a change command
    const struct change_command *command;
    struct change_options options;
    struct client_config config;
    struct session *session;
    uint8_t *handle_key;
    struct ask ask;
    struct change_order order;
};

static size_t option_rows(const struct change_command *command, struct change_options *options,
                          struct option_row *rows) {
    size_t n = 0;
    rows[n++] = (struct option_row){"config", "FILE", OPTION_TEXT, &options->config, 0, 0, "the configuration file"};
    rows[n++] = (struct option_row){"csv",
                                    "FILE",
                                    OPTION_TEXT,
                                    &options->csv,
                                    0,
                                    0,
                                    "every child of a caseload file; what is not done goes to FILE.rejects.csv"};
    if (command->action == ACTION_REPLACE) {
        rows[n++] = (struct option_row){"was",
                                        "FILE",
                                        OPTION_TEXT,
                                        &options->was,
                                        0,
                                        0,
                                        "with --csv: the details as they are registered, matched by ref"};
    }
    if (command->asks) {
        rows[n++] = (struct option_row){"ask",
                                        "PURPOSE",
                                        OPTION_TEXT,
                                        &options->ask,
                                        0,
                                        0,
                                        "also asks, in the same transaction, who else works with the child"};
        rows[n++] = (struct option_row){"on-behalf-of",
                                        "PERSON",
                                        OPTION_TEXT,
                                        &options->on_behalf_of,
                                        0,
                                        0,
                                        "with --ask: the colleague for whom you ask"};
        rows[n++] = (struct option_row){
            "out", "FILE", OPTION_TEXT, &options->out, 0, 0, "with --csv and --ask: writes the answers here"};
    }
    if (command->describes) {
        rows[n++] = (struct option_row){"previous",
                                        NULL,
                                        OPTION_FLAG,
                                        &options->previous,
                                        0,
                                        0,
                                        "the work has already ended (with --csv: the column `status`)"};
        rows[n++] = (struct option_row){"quiet",
                                        NULL,
                                        OPTION_FLAG,
                                        &options->quiet,
                                        0,
                                        0,
                                        "never counts in anybody's answer (with --csv: the column `quiet`)"};
    }
    rows[n++] = (struct option_row){"json", NULL, OPTION_FLAG, &options->json, 0, 0, "prints the result as JSON"};
    return n;
}

static err_t check_options(struct changing *changing) {
    const struct change_options *options = &changing->options;
    if (changing->command->action == ACTION_REPLACE && (options->csv == NULL) != (options->was == NULL)) {
        return err_set(ERR_INPUT, "--csv NEW.csv and --was OLD.csv go together");
    }
    if (options->csv != NULL && (options->previous || options->quiet)) {
        return err_set(ERR_INPUT, "with --csv the file's columns `status` and `quiet` say so");
    }
    if (options->ask == NULL && options->on_behalf_of != NULL) {
        return err_set(ERR_INPUT, "--on-behalf-of goes with --ask");
    }
    if (options->out != NULL && (options->ask == NULL || options->csv == NULL)) {
        return err_set(ERR_INPUT, "--out goes with --csv and --ask");
    }
    changing->ask.on_behalf_of = options->on_behalf_of;
    err_t err = cli_check_person(options->on_behalf_of);
    return err == OK && options->ask != NULL ? cli_purpose(options->ask, &changing->ask.purpose) : err;
}

static err_t open_all(struct changing *changing) {
    err_t err = client_config_load(changing->options.config, &changing->config);
    if (err == OK && changing->config.handle_key == NULL) {
        err = err_set(ERR_INPUT, "the configuration names no `handle_key`: this client cannot change records");
    }
    if (err == OK) {
        err = handle_key_load(changing->config.handle_key, &changing->handle_key);
    }
    if (err == OK) {
        err = session_open(&changing->config, &changing->session);
    }
    changing->order = (struct change_order){.action = changing->command->action,
                                            .handle_key = changing->handle_key,
                                            .ask = changing->options.ask != NULL ? &changing->ask : NULL};
    return err;
}

static void close_all(struct changing *changing) {
    session_free(changing->session);
    secret_free(changing->handle_key);
    client_config_free(&changing->config);
}

static const char *result_of(const struct change_outcome *outcome) {
    return outcome->cause == CAUSE_NONE ? change_result_text(outcome->result) : "not-done";
}

static const char *reason_of(const struct change_outcome *outcome) {
    if (outcome->cause != CAUSE_NONE) {
        return outcome->detail;
    }
    return outcome->result == RESULT_NOT_FOUND ? NOT_FOUND : "";
}

static bool is_done(const struct change_outcome *outcome) {
    return outcome->cause == CAUSE_NONE && outcome->result != RESULT_NOT_FOUND;
}

// What one child's change came to; the question's answer follows where one was asked.
static void say_result(const struct changing *changing, const struct change_outcome *outcome) {
    if (changing->options.json) {
        printf("{\"result\":\"%s\"}\n", result_of(outcome));
    } else if (!is_done(outcome)) {
        printf("NOT DONE: %s.\n", reason_of(outcome));
    } else {
        printf("%s\n",
               outcome->result == RESULT_UNCHANGED ? "Nothing to do: it was already so." : changing->command->done);
    }
}

static int say_answer(const struct changing *changing, const struct change_outcome *outcome,
                      const struct caseload_child *child) {
    char *contacts = contacts_load(changing->config.local_contacts);
    struct answer_view view = {.outcome = &outcome->answer,
                               .purpose = purpose_text(changing->ask.purpose),
                               .contacts = contacts,
                               .without_identifier = child_without_identifier(changing->session->set, child)};
    message_feeds(changing->session, &view);
    err_t err = OK;
    if (changing->options.json) {
        err = message_print_json(stdout, &view);
    } else {
        printf("\n");
        err = message_print(stdout, &view, cli_width());
    }
    free(contacts);
    if (err != OK) {
        return cli_fail(changing->command->program, err);
    }
    return outcome->answer.cause == CAUSE_NONE ? EXIT_ANSWERED : EXIT_COULD_NOT;
}

static int change_one(struct changing *changing, const struct caseload_child *child, const struct caseload_child *was) {
    struct change_outcome outcome;
    changes_send(changing->session, &changing->order, child, was, 1, (struct progress){0}, &outcome);
    say_result(changing, &outcome);
    int code = is_done(&outcome) ? EXIT_ANSWERED : EXIT_COULD_NOT;
    if (changing->order.ask != NULL) {
        int answered = say_answer(changing, &outcome, child);
        code = answered > code ? answered : code;
    }
    return code;
}

static err_t prompt_all(struct changing *changing, struct prompt *prompt, struct caseload *now, struct caseload *was) {
    bool replaces = changing->command->action == ACTION_REPLACE;
    char *ref = NULL;
    prompt_say(prompt, "Press Enter where something is not known; type < to go back one question.");
    err_t err = prompt_ref(prompt, &ref);
    if (err == OK && replaces) {
        prompt_say(prompt, "The details as they are registered:");
        err = prompt_child(prompt, changing->session->set, ref, false, was);
    }
    if (err == OK) {
        prompt_say(prompt, replaces ? "The new details:" : "");
        err = prompt_child(prompt, changing->session->set, ref, false, now);
    }
    free(ref);
    return err;
}

static int change_by_prompt(struct changing *changing) {
    struct prompt prompt;
    struct caseload now = {0}, was = {0};
    prompt_open(&prompt);
    err_t err = prompt_all(changing, &prompt, &now, &was);
    prompt_close(&prompt);
    int code = EXIT_COULD_NOT;
    if (err != OK) {
        code = cli_fail(changing->command->program, err);
    } else {
        now.children->previous = changing->options.previous;
        now.children->quiet = changing->options.quiet;
        code = change_one(changing, now.children, was.children);
    }
    caseload_free(&now);
    caseload_free(&was);
    return code;
}

// The rejects stand beside the file; those of an earlier run do not outlive a run without any.
static err_t write_rejects(const struct changing *changing, const struct caseload *caseload) {
    struct buf path = {0};
    buf_printf(&path, "%s.rejects.csv", changing->options.csv);
    err_t err = buf_check(&path);
    if (err == OK && caseload->reject_count > 0) {
        err = caseload_write_rejects(caseload, buf_str(&path));
    } else if (err == OK && unlink(buf_str(&path)) != 0 && errno != ENOENT) {
        err = err_set(ERR_IO, "%s is of an earlier run and cannot be removed", buf_str(&path));
    }
    buf_free(&path);
    return err;
}

// The summary goes to standard error when the answers take standard output.
static void summarise(const struct changing *changing, const struct caseload *caseload,
                      const struct change_outcome *outcomes) {
    size_t counts[RESULT_COUNT] = {0};
    for (size_t i = 0; i < caseload->child_count; i++) {
        if (outcomes[i].cause == CAUSE_NONE) {
            counts[outcomes[i].result]++;
        }
    }
    enum change_result result = changing->command->result;
    FILE *out = changing->order.ask != NULL && changing->options.out == NULL ? stderr : stdout;
    fprintf(out,
            changing->options.json ? "{\"%s\":%zu,\"unchanged\":%zu,\"rejected\":%zu,\"set_aside\":%zu}\n"
                                   : "%s %zu, unchanged %zu, rejected %zu, columns set aside %zu\n",
            change_result_text(result), counts[result], counts[RESULT_UNCHANGED],
            caseload->reject_count - caseload->set_aside_count, caseload->set_aside_count);
    if (caseload->reject_count > 0) {
        fprintf(stderr, "%s: what was rejected or set aside stands in %s.rejects.csv\n", changing->command->program,
                changing->options.csv);
    }
}

static err_t write_answers(const struct changing *changing, const struct caseload *caseload,
                           const struct change_outcome *changes) {
    const struct answers_file file = {.path = changing->options.out, .json = changing->options.json};
    struct outcome *answers = calloc(caseload->child_count + 1, sizeof *answers);
    if (answers == NULL) {
        return err_set(ERR_MEMORY, "no memory for the answers");
    }
    for (size_t i = 0; i < caseload->child_count; i++) {
        answers[i] = changes[i].answer;
    }
    bool all = false;
    err_t err = answers_write_file(&file, caseload, answers, &all);
    free(answers);
    return err;
}

static err_t report(struct changing *changing, struct caseload *caseload, const struct change_outcome *outcomes) {
    err_t err = changing->order.ask != NULL ? write_answers(changing, caseload, outcomes) : OK;
    for (size_t i = 0; err == OK && i < caseload->child_count; i++) {
        if (!is_done(&outcomes[i])) {
            const struct caseload_child *child = &caseload->children[i];
            err = change_reject(caseload, child->records[0].line, child->ref, reason_of(&outcomes[i]));
        }
    }
    if (err == OK) {
        err = write_rejects(changing, caseload);
    }
    if (err == OK) {
        summarise(changing, caseload, outcomes);
    }
    return err;
}

static err_t change_all(struct changing *changing, struct caseload *caseload, const struct caseload_child *was) {
    struct progress_bar bar;
    struct change_outcome *outcomes = calloc(caseload->child_count + 1, sizeof *outcomes);
    if (outcomes == NULL) {
        return err_set(ERR_MEMORY, "no memory for %zu children", caseload->child_count);
    }
    progress_bar_begin(&bar, "children");
    changes_send(changing->session, &changing->order, caseload->children, was, caseload->child_count,
                 progress_bar_step(&bar), outcomes);
    progress_bar_end(&bar);
    err_t err = report(changing, caseload, outcomes);
    free(outcomes);
    return err;
}

static int change_by_csv(struct changing *changing) {
    struct caseload now = {0}, was = {0};
    struct caseload_child *paired = NULL;
    err_t err = caseload_load(changing->options.csv, changing->session->set, &now);
    if (err == OK && changing->options.was != NULL) {
        err = caseload_load(changing->options.was, changing->session->set, &was);
        if (err == OK) {
            err = change_pair(&now, &was, &paired);
        }
    }
    if (err == OK) {
        err = change_all(changing, &now, paired);
    }
    int code = err != OK                                 ? cli_fail(changing->command->program, err)
               : now.reject_count == now.set_aside_count ? EXIT_ANSWERED
                                                         : EXIT_COULD_NOT;
    free(paired);
    caseload_free(&was);
    caseload_free(&now);
    return code;
}

int change_run(const struct change_command *command, int argc, char **argv) {
    struct changing changing = {.command = command};
    struct option_row rows[12];
    size_t count = option_rows(command, &changing.options, rows);
    const struct option_usage usage = {command->program, command->synopsis, command->purpose, EXIT_CODES};
    int code = EXIT_COULD_NOT;
    if (!cli_options(argc, argv, &usage, rows, count, &code)) {
        return code;
    }
    err_t err = check_options(&changing);
    if (err != OK) {
        return cli_fail(command->program, err);
    }
    err = open_all(&changing);
    if (err != OK) {
        code = cli_fail(command->program, err);
    } else {
        code = changing.options.csv != NULL ? change_by_csv(&changing) : change_by_prompt(&changing);
    }
    close_all(&changing);
    return code;
}
