// SPDX-License-Identifier: Apache-2.0
#include "client/cli/change.h"
#include "client/cli/cli.h"

static const struct change_command command = {
    .program = "signpost replace",
    .synopsis = "[--csv NEW.csv --was OLD.csv] [--json]",
    .purpose = "Records new details of a child in place of those under which it is registered, in one transaction.",
    .action = ACTION_REPLACE,
    .result = RESULT_REPLACED,
    .done = "Replaced: the child is now found under the new details alone.",
};

int replace_main(int argc, char **argv) {
    return change_run(&command, argc, argv);
}
