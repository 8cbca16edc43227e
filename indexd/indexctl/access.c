// SPDX-License-Identifier: Apache-2.0
// indexctl deny: the local deny list, which acts at once.
#include <stdio.h>

#include "indexd/indexctl/request.h"
#include "indexd/indexctl/subcommands.h"

// While the index is stopped the list is appended to and the act is journalled all the same.
static err_t deny_in_stopped(const struct request *request, const char *who) {
    struct engine *engine = NULL;
    if (!request->settings.server.deny) {
        return err_set(ERR_INPUT, "the configuration names no deny file");
    }
    err_t err = request_open_stopped(request, &engine);
    if (err) {
        return err;
    }
    char act[MAX_URN + 16];
    snprintf(act, sizeof act, "deny %s", who);
    err = access_append_denial(request->settings.server.deny, who);
    if (!err) {
        err = engine_note_act(engine, "root", act);
    }
    engine_close(engine);
    return err;
}

int run_deny(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl deny", "--config FILE PERSON|AGENCY|KEY",
        "Refuses a person, an agency with all its people, or one key, from the next request on - also on connections "
        "that "
        "are open. Give an identity (urn:signpost:...) or a key's SHA-256 in hex.",
        "The denial stays until its line is taken out of the deny list and the index reloads. It acts here alone: tell "
        "the "
        "key holders, and have the scheme authority change the roster.\nExit codes: 0 denied, 2 not denied."};
    struct request request;
    int exit_code = request_read(argc, argv, &usage, NULL, 0, 1, &request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    const char *who = request.operands[0];
    err_t err = request_call(&request, json_pack("{s:s, s:s}", "command", "deny", "who", who), NULL);
    if (err == ERR_NOT_FOUND) {
        err = deny_in_stopped(&request, who);
    }
    exit_code = err ? request_fail(err, "nobody was denied") : DONE;
    if (!err) {
        printf("denied %s\n", who);
    }
    request_free(&request);
    return exit_code;
}
