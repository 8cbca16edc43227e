// SPDX-License-Identifier: Apache-2.0
// What a descriptor must satisfy, on the way in and on the way out: nobody signs what nobody would accept. Private to
// keys/descriptor_text.c.
#ifndef KEYS_DESCRIPTOR_CHECK_H
#define KEYS_DESCRIPTOR_CHECK_H

#include "base/err.h"
#include "keys/descriptor.h"

err_t descriptor_check(const struct descriptor *d); // ERR_INPUT names the member

#endif
