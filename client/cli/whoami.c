// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "client/cli/cli.h"
#include "proto/roster.h"
#include "proto/routes.h"
#include "proto/status.h"

#define PROGRAM "signpost whoami"

static err_t get_whoami(struct session *session, struct whoami *out) {
    struct buf reply = {0};
    err_t err = session_need_index(session);
    if (err == OK) {
        err = session_post(session, ROUTE_WHOAMI, (struct bytes){0}, &reply);
    }
    if (err == OK) {
        err = whoami_read(buf_bytes(&reply), out);
    }
    buf_free(&reply);
    return err;
}

static void put_roles(unsigned roles, struct buf *out) {
    const char *before = "";
    for (unsigned role = ROLE_AGENCY; role <= ROLE_INDEX; role <<= 1) {
        if ((roles & role) != 0) {
            buf_printf(out, "%s%s", before, role_text((enum role)role));
            before = ", ";
        }
    }
}

static void print_line(const char *what, int64_t seconds, const struct whoami *whoami) {
    char time[CLOCK_TEXT_SIZE];
    clock_format(seconds, time);
    printf("%-20s %s (%lld days)\n", what, time, (long long)((seconds - whoami->time) / 86400));
}

static err_t print_whoami(const struct whoami *whoami) {
    struct buf roles = {0};
    put_roles(whoami->roles, &roles);
    err_t err = buf_check(&roles);
    if (err == OK) {
        printf("%-20s %s\n", "identity", whoami->identity);
        printf("%-20s %s\n", "roles", roles.len == 0 ? "none" : buf_str(&roles));
        print_line("certificate until", whoami->certificate_expires, whoami);
        print_line("roster entry until", whoami->entry_expires, whoami);
        print_line("roster until", whoami->roster_expires, whoami);
        printf("%-20s %llu\n", "roster version", (unsigned long long)whoami->roster_version);
        err = fflush(stdout) == 0 ? OK : err_set(ERR_IO, "standard output cannot be written");
    }
    buf_free(&roles);
    return err;
}

int whoami_main(int argc, char **argv) {
    const char *path = NULL;
    const struct option_row rows[] = {
        {"config", "FILE", OPTION_TEXT, &path, 0, 0, "the configuration file"},
    };
    const struct option_usage usage = {PROGRAM, "", "Says as whom the index knows you, and until when.", EXIT_CODES};
    int code = EXIT_COULD_NOT;
    if (!cli_options(argc, argv, &usage, rows, 1, &code)) {
        return code;
    }
    struct client_config config = {0};
    struct session *session = NULL;
    struct whoami whoami;
    err_t err = client_config_load(path, &config);
    if (err == OK) {
        err = session_open(&config, &session);
    }
    if (err == OK) {
        err = get_whoami(session, &whoami);
    }
    if (err == OK) {
        err = print_whoami(&whoami);
    }
    session_free(session);
    client_config_free(&config);
    return err == OK ? EXIT_ANSWERED : cli_fail(PROGRAM, err);
}
