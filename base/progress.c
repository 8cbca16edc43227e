// SPDX-License-Identifier: Apache-2.0
#include "base/progress.h"

void progress_step(struct progress progress, size_t done, size_t total) {
    if (progress.step != NULL) {
        progress.step(progress.ctx, done, total);
    }
}
