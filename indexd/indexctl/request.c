// SPDX-License-Identifier: Apache-2.0
#include "indexd/indexctl/request.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "indexd/control.h"

#define OWN_ROWS_MAX 24

int request_fail(err_t err, const char *what) {
    fprintf(stderr, "indexctl: %s: %s\n", what, err_detail()[0] ? err_detail() : err_text(err));
    return NOT_DONE;
}

int request_read(int argc, char **argv, const struct option_usage *usage, const struct option_row *own,
                 size_t own_count, size_t operands, struct request *out) {
    struct request request = {0};
    bool help = false;
    int first = 0;
    struct option_row rows[OWN_ROWS_MAX + 2] = {
        {"config", "FILE", OPTION_TEXT, &request.config, 0, 0, "The configuration file of indexd."},
        {"json", NULL, OPTION_FLAG, &request.json, 0, 0, "Print JSON."},
    };
    assert(own_count <= OWN_ROWS_MAX);
    if (own_count > 0) {
        memcpy(rows + 2, own, own_count * sizeof *own);
    }
    err_t err = options_read(argc, argv, usage, rows, own_count + 2, &first, &help);
    if (err) {
        return request_fail(err, "usage");
    }
    if (help) {
        return DONE;
    }
    request.operands = argv + first;
    request.operand_count = (size_t)(argc - first);
    if (!request.config || request.operand_count != operands) {
        return request_fail(err_set(ERR_INPUT, "%s %s; see --help", usage->program, usage->synopsis), "usage");
    }
    err = settings_load(request.config, &request.settings);
    if (err) {
        return request_fail(err, request.config);
    }
    *out = request;
    return GO_ON;
}

void request_free(struct request *request) {
    settings_free(&request->settings);
}

err_t request_scheme(const struct request *request, struct descriptor *out) {
    struct trust trust;
    return settings_scheme(&request->settings, clock_now_s(&clock_system), &trust, out);
}

err_t request_open_stopped(const struct request *request, struct engine **out) {
    struct descriptor descriptor;
    struct engine_settings engine = settings_engine(&request->settings);
    err_t err = request_scheme(request, &descriptor);
    return err ? err : engine_open(&engine, &descriptor, out);
}

err_t request_call(const struct request *request, json_t *command, json_t **out_reply) {
    if (!command) {
        return err_set(ERR_INPUT, "not a text that can be sent");
    }
    json_t *reply = NULL;
    err_t err = control_call(request->settings.control, command, &reply);
    json_decref(command);
    if (!err && out_reply) {
        *out_reply = reply;
        return OK;
    }
    json_decref(reply);
    return err;
}

int request_list(int argc, char **argv, const struct option_usage *usage, const char *list,
                 void (*print)(const json_t *rows)) {
    struct request request;
    json_t *reply = NULL;
    int exit_code = request_read(argc, argv, usage, NULL, 0, 0, &request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    err_t err = request_call(&request, json_pack("{s:s}", "command", list), &reply);
    const json_t *rows = json_object_get(reply, list);
    exit_code = err ? request_fail(err, "no list") : DONE;
    if (!err && request.json) {
        json_dumpf(rows, stdout, JSON_INDENT(2));
        printf("\n");
    } else if (!err) {
        print(rows);
    }
    json_decref(reply);
    request_free(&request);
    return exit_code;
}
