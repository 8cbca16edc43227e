// SPDX-License-Identifier: Apache-2.0
#include "client/cli/ask.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "client/cli/cli.h"
#include "client/cli/contacts.h"
#include "client/cli/messages.h"
#include "client/cli/prompt.h"

#define PROGRAM "signpost ask"

struct ask_options {
    const char *config, *csv, *out, *purpose, *on_behalf_of;
    bool json, resume;
};

struct asking { // one run of `signpost ask`
    struct ask_options options;
    struct client_config config;
    struct session *session; // NULL: could not be opened
    char *contacts;
    bool purpose_known;
    struct ask ask;
};

static bool read_options(int argc, char **argv, struct ask_options *options, int *out_exit) {
    const struct option_row rows[] = {
        {"config", "FILE", OPTION_TEXT, &options->config, 0, 0, "the configuration file"},
        {"csv", "FILE", OPTION_TEXT, &options->csv, 0, 0, "asks about every child of a caseload file"},
        {"out", "FILE", OPTION_TEXT, &options->out, 0, 0,
         "with --csv: writes the answers here instead of standard output"},
        {"resume", NULL, OPTION_FLAG, &options->resume, 0, 0,
         "with --out: goes on where an interrupted run ended, and asks again what it could not answer"},
        {"json", NULL, OPTION_FLAG, &options->json, 0, 0, "answers as JSON, a line for each child"},
        {"purpose", "CODE", OPTION_TEXT, &options->purpose, 0, 0, "why you ask; with --csv `caseload` when absent"},
        {"on-behalf-of", "PERSON", OPTION_TEXT, &options->on_behalf_of, 0, 0, "the colleague for whom you ask"},
    };
    const struct option_usage usage = {
        PROGRAM, "[--csv FILE [--out FILE [--resume]]] [--json] [--purpose CODE] [--on-behalf-of PERSON]",
        "Asks whether another agency works, or has worked, with a child. The details are asked for, or read line by "
        "line\n"
        "from standard input where that is no terminal; they are never given on the command line.",
        EXIT_CODES};
    return cli_options(argc, argv, &usage, rows, sizeof rows / sizeof rows[0], out_exit);
}

static err_t check_options(const struct ask_options *options, struct asking *asking) {
    if (options->out != NULL && options->csv == NULL) {
        return err_set(ERR_INPUT, "--out goes with --csv");
    }
    if (options->resume && (options->out == NULL || options->json)) {
        return err_set(ERR_INPUT, "--resume goes with --csv and --out, and not with --json");
    }
    asking->ask.on_behalf_of = options->on_behalf_of;
    err_t err = cli_check_person(options->on_behalf_of);
    if (err == OK && options->purpose != NULL) {
        err = cli_purpose(options->purpose, &asking->ask.purpose);
        asking->purpose_known = err == OK;
    }
    return err;
}

// The configuration's purpose counts where none was given; a caseload is asked about as one.
static void settle_purpose(struct asking *asking) {
    if (!asking->purpose_known && asking->config.purpose != NULL) {
        asking->purpose_known = cli_purpose(asking->config.purpose, &asking->ask.purpose) == OK;
    }
    if (!asking->purpose_known && asking->options.csv != NULL) {
        asking->ask.purpose = PURPOSE_CASELOAD;
        asking->purpose_known = true;
    }
}

// Opened before anything is typed, so that nobody types for nothing.
static err_t open_all(struct asking *asking) {
    err_t err = client_config_load(asking->options.config, &asking->config);
    if (err == OK) {
        asking->contacts = contacts_load(asking->config.local_contacts);
        settle_purpose(asking);
        err = session_open(&asking->config, &asking->session);
    }
    return err;
}

static void close_all(struct asking *asking) {
    session_free(asking->session);
    client_config_free(&asking->config);
    free(asking->contacts);
}

// Prints the outcome of one child; returns the exit code.
static int say(const struct asking *asking, const struct outcome *outcome, const struct caseload_child *child) {
    struct answer_view view = {
        .outcome = outcome,
        .purpose = asking->purpose_known ? purpose_text(asking->ask.purpose) : NULL,
        .contacts = asking->contacts,
        .without_identifier = child != NULL && child_without_identifier(asking->session->set, child),
    };
    message_feeds(asking->session, &view);
    if (outcome->cause != CAUSE_NONE && outcome->cause != CAUSE_DETAILS && !asking->options.json) {
        fprintf(stderr, PROGRAM ": %s\n", outcome->detail);
    }
    err_t err = asking->options.json ? message_print_json(stdout, &view) : message_print(stdout, &view, cli_width());
    if (err != OK) {
        return cli_fail(PROGRAM, err);
    }
    return outcome->cause == CAUSE_NONE ? EXIT_ANSWERED : EXIT_COULD_NOT;
}

static int say_details_wrong(const struct asking *asking) {
    struct outcome outcome;
    outcome_of(CAUSE_DETAILS, err_detail(), &outcome);
    return say(asking, &outcome, NULL);
}

static int ask_one(struct asking *asking, struct prompt *prompt, bool same_surname) {
    struct caseload caseload;
    err_t err = prompt_child(prompt, asking->session->set, NULL, same_surname, &caseload);
    if (err == OK && !asking->purpose_known) {
        err = prompt_purpose(prompt, &asking->ask.purpose);
        asking->purpose_known = err == OK;
        if (err != OK) {
            caseload_free(&caseload);
        }
    }
    if (err != OK) {
        return say_details_wrong(asking);
    }
    struct outcome outcome;
    questions_ask(asking->session, &asking->ask, caseload.children, 1, (struct progress){0}, &outcome);
    prompt_say(prompt, "");
    int code = say(asking, &outcome, caseload.children);
    caseload_free(&caseload);
    return code;
}

static int ask_by_prompt(struct asking *asking) {
    struct prompt prompt;
    prompt_open(&prompt);
    prompt_say(&prompt, "Press Enter where something is not known; type < to go back one question.");
    int worst = ask_one(asking, &prompt, false);
    while (prompt_yes(&prompt, "\nAnother child, same surname? [y/N] ")) {
        int code = ask_one(asking, &prompt, true);
        worst = code > worst ? code : worst;
    }
    prompt_close(&prompt);
    return worst;
}

int ask_main(int argc, char **argv) {
    struct asking asking = {0};
    int code = EXIT_COULD_NOT;
    if (!read_options(argc, argv, &asking.options, &code)) {
        return code;
    }
    err_t err = check_options(&asking.options, &asking);
    if (err != OK) {
        return cli_fail(PROGRAM, err);
    }
    err = open_all(&asking);
    if (err != OK) {
        struct outcome outcome;
        outcome_of_setup(err, &outcome);
        code = asking.options.csv != NULL ? cli_fail(PROGRAM, err) : say(&asking, &outcome, NULL);
    } else if (asking.options.csv != NULL) {
        const struct answers_file file = {
            .path = asking.options.out, .json = asking.options.json, .resume = asking.options.resume};
        code = ask_csv(asking.session, asking.options.csv, &asking.ask, &file);
    } else {
        code = ask_by_prompt(&asking);
    }
    close_all(&asking);
    return code;
}
