// SPDX-License-Identifier: Apache-2.0
#include "indexd/indexctl/journal_source.h"

#include "base/number.h"
#include "indexd/indexctl/request.h"
#include "proto/limits.h"

static err_t use_config(struct source *source) {
    err_t err = settings_load(source->config, &source->settings);
    if (err) {
        return err;
    }
    const struct daemon_settings *server = &source->settings.server;
    source->folder = source->settings.store;
    source->trust = source->trust ? source->trust : server->trust;
    source->descriptor = server->descriptor;
    source->ca = server->ca;
    source->certificate = server->certificate;
    source->key = server->key;
    source->connect_to = source->settings.connect_to;
    return OK;
}

int source_read(int argc, char **argv, const struct option_usage *usage, const struct option_row *rows, size_t count,
                size_t operands, struct source *source) {
    bool help = false;
    int first = 0;
    err_t err = options_read(argc, argv, usage, rows, count, &first, &help);
    if (err) {
        return request_fail(err, "usage");
    }
    if (help) {
        return DONE;
    }
    source->operands = argv + first;
    source->operand_count = (size_t)(argc - first);
    if (!source->config == !source->export || source->operand_count != operands) {
        return request_fail(err_set(ERR_INPUT, "%s %s; see --help", usage->program, usage->synopsis), "usage");
    }
    source->folder = source->export;
    err = source->config ? use_config(source) : OK;
    return err ? request_fail(err, source->config) : GO_ON;
}

void source_free(struct source *source) {
    settings_free(&source->settings);
}

err_t source_number(const char *text, uint64_t *out) {
    int64_t number = 0;
    err_t err = number_parse(text, 0, MAX_VERSION, &number);
    if (err == OK) {
        *out = (uint64_t)number;
    }
    return err;
}
