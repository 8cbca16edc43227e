// SPDX-License-Identifier: Apache-2.0
// The end of an index, by an act of two administrators: the act is journalled, the store is marked, everybody is
// refused, and the daemon stops. What is left to do is indexctl's (indexd/decommission.h).
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "indexd/acts/acts.h"
#include "indexd/decommission.h"

static err_t mark_store(const struct act_call *call) {
    struct engine_stats stats;
    struct scheme_status status;
    struct decommission mark = {.time = clock_now_s(call->service->clock)};
    err_t err = engine_stats(call->service->engine, &stats);
    if (err) {
        return err;
    }
    service_scheme_status(call->service, &status);
    memcpy(mark.scheme, status.scheme, sizeof mark.scheme);
    mark.epochs = status.epochs;
    memcpy(mark.store_id, stats.store_id, sizeof mark.store_id);
    mark.records = stats.journal_records;
    mark.keys = stats.keys - stats.canaries;
    mark.entries = stats.entries - stats.canaries;
    err = json_parse(call->document, &mark.act);
    if (!err) {
        err = decommission_mark(call->service->store, &mark);
    }
    json_decref(mark.act);
    return err;
}

err_t act_decommission(struct act_call *call) {
    err_t err = act_arguments(call, NULL, 0);
    if (!err) {
        err = act_carry_out(call, NULL, NULL);
    }
    if (err) {
        return err;
    }
    atomic_store(&call->service->decommissioned, true);
    err = mark_store(call);
    if (err) {
        return err_prefix(err, "everybody is refused until the next start, but the store could not be marked");
    }
    log_line(LOG_NOTICE, "this index was decommissioned; it stops");
    return kill(getpid(), SIGTERM) == 0 ? OK : err_set(ERR_IO, "marked, but the daemon could not be told to stop");
}
