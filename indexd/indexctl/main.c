// SPDX-License-Identifier: Apache-2.0
// indexctl: administration of an index on its own machine. There is no network surface.
#include "base/log.h"
#include "base/secret.h"
#include "indexd/indexctl/request.h"
#include "indexd/indexctl/subcommands.h"

int main(int argc, char **argv) {
    static const struct subcommand rows[] = {
        {"init", run_init, "make a new store"},
        {"rebuild", run_rebuild, "make the database of a stopped index anew from its journal"},
        {"import", run_import, "a first load: open many involvements at once in a new index"},
        {"repack", run_repack, "write the database of a stopped index anew, smaller"},
        {"backup", run_backup, "copy journal and database beside the running index"},
        {"restore", run_restore, "put a copy in place of a lost store"},
        {"stats", run_stats, "print counts"},
        {"feeds", run_feeds, "list the agencies that feed the index, and when each last did"},
        {"journal", run_journal, "the journal: verify, prove, export, show"},
        {"decommission", run_decommission, "end this index for good; two administrators"},
        {"deny", run_deny, "refuse a person, an agency or a key at once"},
        {"agency", run_agency, "what one agency fed, as a whole: purge, purges"},
        {"subject-access", run_subject_access, "list what the index knows about one child"},
        {"shield", run_shield, "children whose records nobody may find: add, list, lift"},
        {"alerts", run_alerts, "list what the rules found, and who was blocked"},
        {"blocked", run_blocked, "list who is blocked at a daily cap"},
        {"unblock", run_unblock, "let one of them ask again"},
        {"act", run_act, "signed administrative acts: show, sign, run"},
    };
    log_open("indexctl", LOG_WARNING);
    err_t err = secret_start();
    if (err) {
        return request_fail(err, "start");
    }
    return subcommands_run(argc, argv, "indexctl", "Administers an index on its own machine.", rows,
                           sizeof rows / sizeof rows[0], NOT_DONE);
}
