// SPDX-License-Identifier: Apache-2.0
// Whether the engine works, and if not, why. Any thread; a turn is logged once.
#ifndef INDEXD_HEALTH_H
#define INDEXD_HEALTH_H

#include <pthread.h>

#include "base/err.h"

struct health {
    pthread_mutex_t lock;
    err_t err;
    char detail[256];
};

void health_init(struct health *health);
void health_destroy(struct health *health);
// `err` with this thread's detail, or OK.
void health_set(struct health *health, err_t err);
err_t health_get(struct health *health);

#endif
