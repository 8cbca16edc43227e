// SPDX-License-Identifier: Apache-2.0
// A new log for the same journal: the way out when records that a signed head covers are lost for good. The old heads
// and tiles are kept beside the new log as evidence; the old key is destroyed, and everybody who pinned it has to pin
// the new one, which is how they learn of the loss.
#ifndef INDEXD_LOG_RENEW_H
#define INDEXD_LOG_RENEW_H

#include <stdint.h>

#include "base/err.h"
#include "base/note.h"

struct renewed {
    char kept[64];        // folder of the store with the old log; "" where there was none
    uint64_t promised;    // records that its heads cover
    struct note_key vkey; // of the new log
};

// For a store whose index is stopped. ERR_UNAVAILABLE: it is not; ERR_IO.
err_t log_renew(const char *store, const char *scheme, int64_t now_s, struct renewed *out);

#endif
