// SPDX-License-Identifier: Apache-2.0
#include "indexd/health.h"

#include <stdio.h>

#include "base/log.h"

void health_init(struct health *health) {
    (void)pthread_mutex_init(&health->lock, NULL);
    health->err = OK;
    health->detail[0] = '\0';
}

void health_destroy(struct health *health) {
    (void)pthread_mutex_destroy(&health->lock);
}

void health_set(struct health *health, err_t err) {
    (void)pthread_mutex_lock(&health->lock);
    err_t before = health->err;
    health->err = err;
    (void)snprintf(health->detail, sizeof health->detail, "%s", err == OK ? "" : err_detail());
    (void)pthread_mutex_unlock(&health->lock);
    if (err == before) {
        return;
    }
    if (err != OK) {
        log_err(err, "the index refuses work");
    } else {
        log_line(LOG_NOTICE, "the index works again");
    }
}

err_t health_get(struct health *health) {
    (void)pthread_mutex_lock(&health->lock);
    err_t err = health->err == OK ? OK : err_set(health->err, "%s", health->detail);
    (void)pthread_mutex_unlock(&health->lock);
    return err;
}
