// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "client/cli/cli.h"
#include "client/whoami.h"

#define PROGRAM "signpost whoami"

static void print_line(const char *what, int64_t seconds, const struct whoami *whoami) {
    char time[CLOCK_TEXT_SIZE];
    clock_format(seconds, time);
    printf("%-20s %s (%lld days)\n", what, time, (long long)((seconds - whoami->time) / 86400));
}

static err_t print_whoami(const struct whoami *whoami) {
    char roles[128];
    whoami_roles(whoami, roles, sizeof roles);
    printf("%-20s %s\n", "identity", whoami->identity);
    printf("%-20s %s\n", "roles", roles[0] == '\0' ? "none" : roles);
    print_line("certificate until", whoami->certificate_expires, whoami);
    print_line("roster entry until", whoami->entry_expires, whoami);
    if (whoami->vetting_expires != 0) {
        print_line("vetting until", whoami->vetting_expires, whoami);
    }
    if (whoami->training_expires != 0) {
        print_line("training until", whoami->training_expires, whoami);
    }
    print_line("roster until", whoami->roster_expires, whoami);
    printf("%-20s %llu\n", "roster version", (unsigned long long)whoami->roster_version);
    return fflush(stdout) == 0 ? OK : err_set(ERR_IO, "standard output cannot be written");
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
        err = whoami_get(session, &whoami);
    }
    if (err == OK) {
        err = print_whoami(&whoami);
    }
    session_free(session);
    client_config_free(&config);
    return err == OK ? EXIT_ANSWERED : cli_fail(PROGRAM, err);
}
