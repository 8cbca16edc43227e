// SPDX-License-Identifier: Apache-2.0
// indexd without its journal, for bench/journal.c alone: questions are decided and answered, and no record of them is
// sealed, hashed, written or synced. Linked around indexd's own code (--wrap); nothing of it is ever installed.
#include "indexd/journal.h"

err_t __wrap_journal_stage(struct journal *journal, struct bytes record);
err_t __wrap_journal_flush(struct journal *journal);

err_t __wrap_journal_stage(struct journal *journal, struct bytes record) {
    (void)journal;
    (void)record;
    return OK;
}

err_t __wrap_journal_flush(struct journal *journal) {
    (void)journal;
    return OK;
}
