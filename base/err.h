// SPDX-License-Identifier: Apache-2.0
// The one error type of the project, and the text that explains the last failure.
//
// Error rule: a function that can fail returns err_t and gives its results through `out` parameters, which stay
// untouched on failure. err_set() keeps one line of detail for each thread; it may name a file, a field, a line or a
// reason, and never a value that a person typed, a token or a secret.
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define MUST_USE __attribute__((warn_unused_result))
// gcc takes the attribute on functions alone; the sanitizer build is clang's and finds a lost error.
#if defined(__clang__) && !defined(__cppcheck__)
#define MUST_USE_TYPE __attribute__((warn_unused_result))
#else
#define MUST_USE_TYPE
#endif
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

typedef enum MUST_USE_TYPE err {
    OK = 0,
    ERR_INPUT,        // malformed, or out of range
    ERR_TOO_LARGE,    // longer than its bound
    ERR_DENIED,       // known, but not allowed
    ERR_NOT_FOUND,    // no such route, file or record
    ERR_METHOD,       // the route exists, the method does not
    ERR_MEDIA_TYPE,   // the body is not application/json
    ERR_STALE,        // another epoch, generation or version than ours
    ERR_CONFLICT,     // another state than the caller takes for granted
    ERR_INCONSISTENT, // a head that is not an extension of the one before
    ERR_EXPIRED,      // a certificate, roster or descriptor outside its validity
    ERR_EXISTS,       // a file that is never overwritten
    ERR_BUDGET,       // a budget is used up
    ERR_SIGNATURE,    // a signature is missing or wrong
    ERR_PROOF,        // a point, a scalar or a proof is not valid
    ERR_CORRUPT,      // stored bytes fail their seal or their format
    ERR_FULL,         // the disk or the map is full
    ERR_IO,           // any other failure of a file
    ERR_MEMORY,       // no memory, or none that can be locked
    ERR_CRYPTO,       // a cryptographic library refused to work
    ERR_NETWORK,      // a peer could not be reached
    ERR_TLS,          // a peer was reached, a certificate was refused
    ERR_CARD,         // a smartcard is missing, locked, or was taken out
    ERR_REFUSED,      // a peer answered with a problem document
    ERR_UNAVAILABLE,  // cannot be answered now
} err_t;
#define ERR_COUNT (ERR_UNAVAILABLE + 1) // of the errors, with OK

// What the error means, without detail: a short phrase in lower case. Never NULL.
const char *err_text(err_t err);

// Records one line of detail for this thread and is `err`, so that a failing function ends in one line. A macro, so that
// whoever compiles or analyses the caller sees that a failure is not OK. `err` is evaluated last.
#define err_set(err, ...) (err_note(__VA_ARGS__), (err_t)(err))
void err_note(const char *format, ...) PRINTF_LIKE(1, 2); // leaves errno as it is

// The detail of this thread's last err_set, or "" where there is none. Valid until the next err_set.
const char *err_detail(void);

// Puts `format` and ": " before the present detail and returns `err`: "roster.note: line 3: not base64".
err_t err_prefix(err_t err, const char *format, ...) PRINTF_LIKE(2, 3);

#ifdef __clang_analyzer__ // it looks at one file at a time, and has to be told that the first argument is returned
#define err_prefix(err, ...) ((void)(err_prefix)(err, __VA_ARGS__), (err_t)(err))
#endif

#endif
