// SPDX-License-Identifier: Apache-2.0
#include "client/cli/change.h"
#include "client/cli/cli.h"

static const struct change_command command = {
    .program = "signpost close",
    .synopsis = "[--csv FILE] [--json]",
    .purpose = "Records that your agency's work with a child has ended: others will hear that it was.",
    .action = ACTION_CLOSE,
    .result = RESULT_CLOSED,
    .done = "Closed: others who ask about this child will hear that an agency worked with it.",
};

int close_main(int argc, char **argv) {
    return change_run(&command, argc, argv);
}
