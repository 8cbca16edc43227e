// SPDX-License-Identifier: Apache-2.0
#include "client/cli/change.h"
#include "client/cli/cli.h"

static const struct change_command command = {
    .program = "signpost register",
    .synopsis = "[--csv FILE] [--ask PURPOSE [--on-behalf-of PERSON] [--out FILE]] [--previous] [--quiet] [--json]",
    .purpose = "Records that your agency works with a child. It may be repeated.",
    .action = ACTION_OPEN,
    .result = RESULT_OPENED,
    .done = "Registered: others who ask about this child will hear that an agency works with it.",
    .asks = true,
    .describes = true,
};

int register_main(int argc, char **argv) {
    return change_run(&command, argc, argv);
}
