// SPDX-License-Identifier: Apache-2.0
#include "client/cli/change.h"
#include "client/cli/cli.h"

static const struct change_command command = {
    .program = "signpost withdraw",
    .synopsis = "[--csv FILE] [--json]",
    .purpose = "Takes back what was registered in error: it leaves no trace in answers.",
    .action = ACTION_WITHDRAW,
    .result = RESULT_WITHDRAWN,
    .done = "Withdrawn: nothing of it is left in answers.",
};

int withdraw_main(int argc, char **argv) {
    return change_run(&command, argc, argv);
}
