// SPDX-License-Identifier: Apache-2.0
// A line of the file that `indexctl import` reads: an agency's id, a space, and the body of a POST /v1/involvements.
#ifndef INDEXD_IMPORT_LINE_H
#define INDEXD_IMPORT_LINE_H

#include <stddef.h>

#include "base/bytes.h"
#include "base/err.h"
#include "proto/involvement.h"

// The line without its newline. ERR_INPUT; errors of involvement_request_read. involvement_request_free the result.
err_t import_line_read(struct bytes line, size_t slots, char out_agency[MAX_ID + 1], struct involvement_request *out);

#endif
