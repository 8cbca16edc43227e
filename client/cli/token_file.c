// SPDX-License-Identifier: Apache-2.0
// signpost shield and signpost subject-access: the tokens of one child, for an act at the index. Who may do so is for
// the index to judge: the tokens alone do nothing.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/secret.h"
#include "client/cli/cli.h"
#include "client/cli/prompt.h"
#include "client/handle.h"
#include "client/questions.h"
#include "client/record_tokens.h"
#include "proto/tls.h"
#include "proto/token_file.h"

struct deriving { // one run of either command
    const char *program, *use;
    const char *config_path, *out;
    bool record; // name the agency's own record too
    struct client_config config;
    struct session *session;
    struct token_file file;
};

// The agency's own record, under the handle by which the index knows it.
static err_t add_record(struct deriving *deriving, const char *ref) {
    struct token_record *record = &deriving->file.records[0];
    struct tls_peer self;
    uint8_t *key = NULL;
    err_t err = deriving->config.handle_key == NULL
                    ? err_set(ERR_INPUT, "the configuration names no `handle_key`: this client has no records")
                    : handle_key_load(deriving->config.handle_key, &key);
    if (err == OK) {
        err = tls_peer_of_file(deriving->config.certificate, &self);
    }
    if (err == OK) {
        err = handle_of(key, ref, record->handle);
    }
    if (err == OK) {
        memcpy(record->agency, self.identity.id, sizeof record->agency);
        deriving->file.record_count = 1;
    }
    secret_free(key);
    return err;
}

// The key of an epoch may be destroyed, or its holders out of reach: that is told, here and in what the index lists.
static err_t add_retired(struct deriving *deriving, const struct caseload_child *child) {
    const struct descriptor *descriptor = &deriving->session->descriptor;
    struct token_file *file = &deriving->file;
    for (size_t i = 0; i < descriptor->retired_count; i++) {
        struct token_retired *retired = &file->retired[file->retired_count];
        err_t err = record_tokens_retired(deriving->session, &descriptor->retired[i], child, 1, retired->children);
        if (err == ERR_UNAVAILABLE) {
            (void)fprintf(stderr, "%s: no tokens of epoch %u, so that what was asked under its key is not found: %s\n",
                          deriving->program, descriptor->retired[i].epoch, err_detail());
        } else if (err != OK) {
            return err;
        } else {
            retired->epoch = descriptor->retired[i].epoch;
            file->retired_count++;
        }
    }
    return OK;
}

static err_t add_children(struct deriving *deriving, const struct caseload_child *child) {
    bool needed = !deriving->record;
    if (needed && child_without_identifier(deriving->session->set, child)) {
        return err_set(ERR_INPUT, "an NHS number or a UPN is needed: names alone may be another child's");
    }
    if (child->record_count > TOKEN_FILE_MAX_CHILDREN) {
        return err_set(ERR_TOO_LARGE, "too many names of one child");
    }
    deriving->file.child_count = child->record_count;
    err_t err = record_tokens(deriving->session, child, 1, (struct progress){0}, deriving->file.children);
    deriving->file.epochs = session_epochs(deriving->session);
    session_lay_out(deriving->session, deriving->file.children, deriving->file.child_count);
    return err == OK && strcmp(deriving->use, TOKEN_FILE_SUBJECT_ACCESS) == 0 ? add_retired(deriving, child) : err;
}

static err_t ask(struct deriving *deriving, struct prompt *prompt) {
    struct caseload caseload = {0};
    char *ref = NULL;
    prompt_say(prompt, "Press Enter where something is not known; type < to go back one question.");
    err_t err = deriving->record ? prompt_ref(prompt, &ref) : OK;
    if (err == OK) {
        err = prompt_child(prompt, deriving->session->set, NULL, false, &caseload);
    }
    if (err == OK && deriving->record) {
        err = add_record(deriving, ref);
    }
    if (err == OK) {
        err = add_children(deriving, caseload.children);
    }
    caseload_free(&caseload);
    free(ref);
    return err;
}

static err_t derive(struct deriving *deriving) {
    struct prompt prompt;
    err_t err = client_config_load(deriving->config_path, &deriving->config);
    if (err == OK) {
        err = session_open(&deriving->config, &deriving->session);
    }
    if (err != OK) {
        return err;
    }
    const struct descriptor *descriptor = &deriving->session->descriptor;
    memcpy(deriving->file.scheme, descriptor->scheme, sizeof deriving->file.scheme);
    deriving->file.slots = descriptor->slot_count;
    prompt_open(&prompt);
    err = ask(deriving, &prompt);
    prompt_close(&prompt);
    return err;
}

static err_t write_file(const struct deriving *deriving) {
    struct buf text = {0};
    err_t err = token_file_write(&deriving->file, deriving->use, &text);
    if (err == OK) {
        err = file_create(deriving->out, 0600, buf_bytes(&text));
    }
    buf_free(&text);
    return err;
}

static int run(struct deriving *deriving) {
    err_t err = deriving->out == NULL ? err_set(ERR_INPUT, "--out is needed") : derive(deriving);
    if (err == OK) {
        err = write_file(deriving);
    }
    session_free(deriving->session);
    client_config_free(&deriving->config);
    if (err != OK) {
        return cli_fail(deriving->program, err);
    }
    printf(
        "Written to %s: personal data. Hand it to the index's administrator on a safe way, and remove it when the act "
        "is done.\n",
        deriving->out);
    return EXIT_ANSWERED;
}

int shield_main(int argc, char **argv) {
    struct deriving deriving = {.program = "signpost shield", .use = TOKEN_FILE_SHIELD};
    const struct option_row rows[] = {
        {"config", "FILE", OPTION_TEXT, &deriving.config_path, 0, 0, "the configuration file"},
        {"out", "FILE", OPTION_TEXT, &deriving.out, 0, 0, "writes the tokens here, 0600; never over another file"},
        {"record", NULL, OPTION_FLAG, &deriving.record, 0, 0, "names your agency's own record of the child too"},
    };
    const struct option_usage usage = {
        deriving.program, "--out FILE [--record]",
        "Derives the tokens of a child who is to be shielded, for `indexctl shield add`. The details are asked for, "
        "or\n"
        "read line by line from standard input where that is no terminal. Give every name that the child is known by.",
        "An NHS number or a UPN is needed, unless a record is named.\n" EXIT_CODES};
    int code = EXIT_COULD_NOT;
    return cli_options(argc, argv, &usage, rows, 3, &code) ? run(&deriving) : code;
}

int subject_access_main(int argc, char **argv) {
    struct deriving deriving = {.program = "signpost subject-access", .use = TOKEN_FILE_SUBJECT_ACCESS};
    const struct option_row rows[] = {
        {"config", "FILE", OPTION_TEXT, &deriving.config_path, 0, 0, "the configuration file"},
        {"out", "FILE", OPTION_TEXT, &deriving.out, 0, 0, "writes the tokens here, 0600; never over another file"},
    };
    const struct option_usage usage = {
        deriving.program, "--out FILE",
        "Derives the tokens of a child who asks what is held about it, or for whom a parent asks, for\n"
        "`indexctl subject-access`. The details are asked for, or read line by line from standard input.",
        "Tokens of the keys before the last rotations are derived too, as far as holders still have their shares.\n"
        "For a data-protection officer. An NHS number or a UPN is needed.\n" EXIT_CODES};
    int code = EXIT_COULD_NOT;
    return cli_options(argc, argv, &usage, rows, 2, &code) ? run(&deriving) : code;
}
