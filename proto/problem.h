// SPDX-License-Identifier: Apache-2.0
// RFC 9457 problem documents. The HTTP status and the problem's type derive from the error here and nowhere else.
#ifndef PROTO_PROBLEM_H
#define PROTO_PROBLEM_H

#include "base/bytes.h"
#include "base/err.h"

int problem_status(err_t err);
const char *problem_slug(err_t err); // "invalid-request"; the type is "urn:signpost:problem:" and this

// Appends the document. The detail is bounded and made printable ASCII. A fault of the server's own (500, a full disk)
// goes out without it: it may name files, and is for the log alone. ERR_MEMORY.
err_t problem_write(err_t err, const char *detail, struct buf *out);

// A client's view of a reply that is not 200: maps a known problem type back to its error, anything else to
// ERR_REFUSED, and sets err_detail to the problem's title and detail (bounded, printable). Never OK.
err_t problem_read(int status, struct bytes body);

#endif
