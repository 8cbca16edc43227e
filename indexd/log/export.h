// SPDX-License-Identifier: Apache-2.0
// A copy of a journal for auditors: the segments up to the last signed head, that head and the cosigned one, and the
// tiles, made anew from the copy. Nothing secret is in it: no key, and the records are sealed.
#ifndef INDEXD_LOG_EXPORT_H
#define INDEXD_LOG_EXPORT_H

#include <stdint.h>

#include "base/err.h"

// `folder` must not exist yet. Beside a running index as well. ERR_EXISTS; ERR_NOT_FOUND: no head was signed yet;
// ERR_CORRUPT: the copy is not what the head was made of.
err_t export_journal(const char *store, const char *folder, uint64_t *out_records);

#endif
