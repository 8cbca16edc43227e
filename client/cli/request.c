// SPDX-License-Identifier: Apache-2.0
#include "client/request.h"

#include <stdio.h>

#include "client/cli/cli.h"
#include "client/pin.h"

#define PROGRAM "signpost request"

int request_main(int argc, char **argv) {
    const char *path = NULL;
    const struct option_row rows[] = {
        {"config", "FILE", OPTION_TEXT, &path, 0, 0, "the configuration file"},
    };
    const struct option_usage usage = {PROGRAM, "",
                                       "Prints a certificate request for the configuration's `key`, in a file or on a "
                                       "smartcard. The scheme authority\n"
                                       "signs it with `ceremony issue --csr`; the key itself never travels.",
                                       EXIT_CODES};
    int code = EXIT_COULD_NOT;
    if (!cli_options(argc, argv, &usage, rows, 1, &code)) {
        return code;
    }
    struct client_config config = {0};
    struct buf pem = {0};
    err_t err = client_config_load(path, &config);
    if (err == OK) {
        err = request_make(config.key, pin_asker(), &pem);
    }
    if (err == OK && (fwrite(pem.data, 1, pem.len, stdout) != pem.len || fflush(stdout) != 0)) {
        err = err_set(ERR_IO, "standard output cannot be written");
    }
    buf_free(&pem);
    client_config_free(&config);
    return err == OK ? EXIT_ANSWERED : cli_fail(PROGRAM, err);
}
