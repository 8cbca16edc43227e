// SPDX-License-Identifier: Apache-2.0
// What is wrong with a certificate, and what to do about it, in words for whoever reads the message. Never NULL.
#ifndef PROTO_TLS_WORDS_H
#define PROTO_TLS_WORDS_H

#include <stdbool.h>

// OpenSSL's verdict (X509_V_ERR_...) on one's own certificate, or, with `of_ca`, on the CA's above it.
const char *tls_own_verdict(int code, bool of_ca);
// On a server's.
const char *tls_server_verdict(int code);
#define TLS_VERDICT_OTHER_HOST (-1) // libcurl's own check of the name
// What a server's alert says about ours, found in a library's text; NULL when the text is about something else.
const char *tls_alert_on_ours(const char *text);

#endif
