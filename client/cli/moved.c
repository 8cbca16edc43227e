// SPDX-License-Identifier: Apache-2.0
// `signpost moved`: the agency says that all that it holds is registered under the new key too. `signpost sync` says it
// by itself once it is so; this is for what no sync can move, and for agencies without one.
#include <stdio.h>
#include <string.h>

#include "client/changes.h"
#include "client/cli/cli.h"

#define PROGRAM "signpost moved"

static err_t tell(struct session *session, const char *confirm) {
    err_t err = session_need_index(session);
    if (err != OK) {
        return err;
    }
    const struct token_epochs epochs = session_epochs(session);
    struct involvement_reply reply;
    char words[32];
    (void)snprintf(words, sizeof words, "epoch %u", epochs.numbers[0]);
    if (epochs.count < 2) {
        return err_set(ERR_INPUT, "one key alone is in use: there is nothing to move");
    }
    if (confirm == NULL || strcmp(confirm, words) != 0) {
        return err_set(ERR_DENIED,
                       "nothing was said: what is registered under epoch %u alone will be found no more once that is "
                       "dropped. If all that must be found stands under epoch %u, give --confirm \"%s\"",
                       epochs.numbers[1], epochs.numbers[0], words);
    }
    const struct involvement_request request = {
        .slots = session->descriptor.slot_count, .epochs = epochs, .moved = true};
    err = changes_post(session, &request, &reply);
    if (err == OK) {
        printf("The index knows that this agency has moved to epoch %u.\n", epochs.numbers[0]);
    }
    return err;
}

int moved_main(int argc, char **argv) {
    const char *path = NULL, *confirm = NULL;
    const struct option_row rows[] = {
        {"config", "FILE", OPTION_TEXT, &path, 0, 0, "the configuration file"},
        {"confirm", "WORDS", OPTION_TEXT, &confirm, 0, 0, "\"epoch NUMBER\": without it nothing is said"},
    };
    const struct option_usage usage = {PROGRAM, "--confirm WORDS",
                                       "While the scheme's key is being exchanged: says that all that this agency "
                                       "holds is registered under the new key.",
                                       EXIT_CODES};
    int code = EXIT_COULD_NOT;
    if (!cli_options(argc, argv, &usage, rows, 2, &code)) {
        return code;
    }
    struct client_config config = {0};
    struct session *session = NULL;
    err_t err = client_config_load(path, &config);
    if (err == OK) {
        err = session_open(&config, &session);
    }
    if (err == OK) {
        err = tell(session, confirm);
    }
    session_free(session);
    client_config_free(&config);
    return err == OK ? EXIT_ANSWERED : cli_fail(PROGRAM, err);
}
