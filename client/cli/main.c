// SPDX-License-Identifier: Apache-2.0
// signpost: is anyone else working with this child?
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "client/cli/cli.h"
#include "client/cli/pin_prompt.h"
#include "client/pin.h"

#define PURPOSE "Asks one question of a Signpost scheme: is anyone else working with this child?"

static const struct subcommand subcommands[] = {
    {"ask", ask_main, "asks about one child, or about every child of a caseload"},
    {"register", register_main, "records that your agency works with a child"},
    {"replace", replace_main, "records a child's new details in place of the old ones"},
    {"close", close_main, "records that your agency's work has ended"},
    {"withdraw", withdraw_main, "takes back what was entered in error"},
    {"sync", sync_main, "makes the scheme agree with your agency's whole present caseload"},
    {"pipe", pipe_main, "answers lines of JSON, for programs"},
    {"moved", moved_main, "while the scheme's key is exchanged: says that all is registered under the new one"},
    {"whoami", whoami_main, "says as whom the scheme knows you"},
    {"check", check_main, "looks whether everything works, and says what to do where it does not"},
    {"request", request_main, "makes a certificate request for your key, also for one on a smartcard"},
    {"shield", shield_main, "derives the tokens of a child who is to be shielded"},
    {"subject-access", subject_access_main, "derives the tokens of a child who asks what is held about it"},
    {"matching", matching_main, "prints this program's matching rules, for the scheme authority"},
};

// A crash must not leave what was typed in a file.
static void forbid_core_files(void) {
    const struct rlimit none = {0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) {
        log_line(LOG_WARNING, "core files could not be forbidden");
    }
}

static void list_subcommands(void) {
    printf("\nSubcommands (each explains itself with --help):\n");
    for (size_t i = 0; i < sizeof subcommands / sizeof subcommands[0]; i++) {
        printf("  %-26s%s\n", subcommands[i].name, subcommands[i].help);
    }
}

static err_t start(void) {
    // Whoever sits at the terminal cannot do anything about a holder that was left out; a log can be looked at.
    log_open("signpost", isatty(STDERR_FILENO) ? LOG_ERROR : LOG_WARNING);
    forbid_core_files();
    pin_ask_by((struct card_pin){.ask = pin_prompt});
    return secret_start();
}

int main(int argc, char **argv) {
    const char *config = NULL;
    bool help_config = false;
    const struct option_row rows[] = {
        {"config", "FILE", OPTION_TEXT, &config, 0, 0, "the configuration file"},
        {"help-config", NULL, OPTION_FLAG, &help_config, 0, 0, "explains the configuration file and ends"},
    };
    const struct option_usage usage = {
        "signpost", "[--config FILE] SUBCOMMAND ...", PURPOSE,
        "Subcommands: ask, register, replace, close, withdraw, sync, pipe, whoami, check, request, moved, shield,\n"
        "subject-access, matching.\n"
        "Each explains itself with --help.\n\n" EXIT_CODES};
    int first = 0;
    bool help = false;
    err_t err = options_read(argc, argv, &usage, rows, sizeof rows / sizeof rows[0], &first, &help);
    if (err == OK && help_config) {
        client_config_help(stdout);
    }
    if (err == OK && help) {
        list_subcommands();
    }
    if (err == OK && (help || help_config)) {
        return EXIT_ANSWERED;
    }
    if (err == OK && config != NULL && setenv("SIGNPOST_CONFIG", config, 1) != 0) {
        err = err_set(ERR_MEMORY, "no memory");
    }
    if (err == OK) {
        err = start();
    }
    if (err != OK) {
        return cli_fail("signpost", err);
    }
    return subcommands_run(argc - first + 1, argv + first - 1, "signpost", PURPOSE, subcommands,
                           sizeof subcommands / sizeof subcommands[0], EXIT_COULD_NOT);
}
