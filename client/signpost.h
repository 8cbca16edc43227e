// SPDX-License-Identifier: Apache-2.0
// libsignpost: is anyone else working with this child? A program asks a Signpost scheme, and registers its agency's own
// involvements. A child's details are turned into tokens in this process, with the help of the scheme's key holders,
// who do not see them; only tokens leave it. Link with `pkg-config --libs libsignpost`; this header is all that is
// needed.
//
// Threads: a `struct signpost` is used by one thread at a time; several may be used side by side, and open the same
// scheme. Calls block. After fork() a child process must not use what its parent opened.
//
// Errors: a call returns SIGNPOST_OK only when everything that it was asked for is answered or done, otherwise the
// problem of the first child that is not; signpost_reason() says in one line why. Results are always filled, for every
// child, whatever the call returns. What could not be answered is SIGNPOST_NOT_ANSWERED, which is zero: it is never
// "no", and neither is memory that nobody has filled.
//
// Memory: texts that are given are UTF-8 and stay the caller's; they are read during the call alone. What the library
// copies of a child's details it wipes before the call returns. What it opens it releases in signpost_free.
//
// The library prints nothing, ends no process, handles no signal (its threads have all of them blocked) and changes
// nothing of the process. A key file under a passphrase cannot be used; a key on a smartcard can, by signpost_set_pin.
//
// Time: one request takes at most `timeout_ms`; a call makes as many as it needs, sends what a busy server puts off
// again for at most twenty seconds, and makes no more requests once its deadline has passed (signpost_set_deadline). A
// scheme may stay open for as long as the program runs: after a failure, and every hour, its files are read again, so
// that a renewed certificate or descriptor needs no restart.
#ifndef SIGNPOST_H
#define SIGNPOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SIGNPOST_API __attribute__((visibility("default")))
#else
#define SIGNPOST_API
#endif

// Structs and enums keep their layout within one ABI version, which is the number in the shared library's name too.
#define SIGNPOST_ABI_VERSION 0
SIGNPOST_API unsigned signpost_abi_version(void); // the library's; SIGNPOST_ABI_VERSION is the header's
SIGNPOST_API const char *signpost_version(void);  // "0.1.0"

enum signpost_problem {
    SIGNPOST_OK = 0,
    SIGNPOST_MISUSE,      // a call that can never work: an unknown purpose, a missing argument
    SIGNPOST_DETAILS,     // a child's details are too few, or wrong
    SIGNPOST_SETUP,       // a file on this machine is missing, unsafe or wrong; or no memory
    SIGNPOST_OUTDATED,    // the scheme's descriptor on this machine, or this library, is out of date
    SIGNPOST_HOLDERS,     // too few key holders gave a valid reply
    SIGNPOST_INDEX,       // the index is out of reach, or cannot answer now
    SIGNPOST_CERTIFICATE, // a certificate was refused
    SIGNPOST_DENIED,      // known, but not allowed to do this
    SIGNPOST_BUDGET,      // the allowance is used up for now
    SIGNPOST_CANARIES,    // the index failed its test questions: nothing that it says can be believed
    SIGNPOST_NO_RECORD,   // the agency has no such record under these details; nothing was changed
    SIGNPOST_CARD,        // the smartcard is missing or locked, or was taken out
};

// "too few key holders gave a valid reply": a short phrase. Never NULL.
SIGNPOST_API const char *signpost_problem_text(enum signpost_problem problem);

// Why this thread's last call did not return SIGNPOST_OK: one line for support, without any value that was given. Valid
// until this thread's next call; NULL never, "" where there is nothing to say.
SIGNPOST_API const char *signpost_reason(void);

// Where lines for a log go: a key holder that was left out, for instance. Nowhere, when never called. Call it before
// the first signpost_open; `line` runs in the thread of the call that it is about.
SIGNPOST_API void signpost_set_log(void (*line)(void *context, const char *message), void *context);

#define SIGNPOST_PIN_SIZE 256

struct signpost_pin_question {
    const char *card; // the card's name, for the person who is asked
    bool again;       // the PIN that was just given was wrong
    bool last_try;    // another wrong one locks the card
    bool on_reader;   // the PIN is typed on the reader's own keys: say so, write nothing, and return true
};

// Who is asked for the PIN where `key` names a smartcard ("pkcs11:...", docs/smartcards.md); nobody, when never called,
// and such a scheme cannot be opened. Call it before the first signpost_open. `ask` runs in the thread of the call that
// opens the scheme: signpost_open, or the first call after the card was taken out and put in again. It writes the PIN,
// zero-terminated, into `pin`, and returns false where nobody gave one. The library wipes `pin` once the card has seen
// it. A PIN must come from a person: whatever gives the same wrong one at every call would lock the card.
SIGNPOST_API void signpost_set_pin(bool (*ask)(void *context, const struct signpost_pin_question *question,
                                               char pin[SIGNPOST_PIN_SIZE]),
                                   void *context);

struct signpost; // a scheme that was opened

// By the configuration file of signpost(1). NULL: $SIGNPOST_CONFIG, ~/.config/signpost/signpost.ini, then
// /etc/signpost/signpost.ini. Reads and verifies every file; sends nothing.
SIGNPOST_API enum signpost_problem signpost_open(const char *config_file, struct signpost **out);

// The same without a configuration file. What may be absent is NULL, or 0.
struct signpost_settings {
    const char *descriptor;        // file: the scheme's descriptor
    const char *trust;             // file: verifier keys of the authority and the key holders
    const char *ca;                // file: the scheme's certificate authority, PEM
    const char *certificate;       // file: one's own, PEM; or "pkcs11:...", on the card of `key`
    const char *key;               // file: its private key, PEM, readable by its owner alone; or "pkcs11:..."
    const char *handle_key;        // file: the agency's key for record handles; may be absent: nothing can be changed
    const char *state;             // folder: keeps the descriptor that was last seen
    const char *connect_to;        // may be absent; "HOST:PORT:HOST:PORT", several with commas, as for curl(1)
    const char *proxy;             // may be absent: as HTTPS_PROXY says; "http://HOST:PORT", or "none"
    const char *proxy_credentials; // file: NAME:PASSWORD for the proxy; may be absent
    int64_t timeout_ms;            // of one request, 100 to 600000; 0: 15000
};
SIGNPOST_API enum signpost_problem signpost_open_with(const struct signpost_settings *settings, struct signpost **out);

// NULL is harmless.
SIGNPOST_API void signpost_free(struct signpost *scheme);

// From now on a call sends nothing more once it has taken this long, so that it returns within the deadline and one
// request's timeout_ms. 0, as at first: a call takes as long as it needs.
SIGNPOST_API void signpost_set_deadline(struct signpost *scheme, int64_t deadline_ms);

#define SIGNPOST_ALIASES_MAX 31

struct signpost_details { // at most 255 bytes each
    const char *forenames, *surname;
    const char *date_of_birth;      // "2014-03-09", or day first "9/3/2014"
    const char *nhs_number, *upn;   // spaces and hyphens in the NHS number are fine
    const char *postcode, *address; // used only by a scheme whose key set has them
};

// "" and, but for aliases, NULL are a detail that is not known. A date, NHS number or UPN that cannot be right is set
// aside, and said in the reason, where the others still find the child for certain.
struct signpost_child {
    struct signpost_details details;
    const struct signpost_details *aliases; // the same child under other details; what is NULL there is as in `details`
    size_t alias_count;                     // at most SIGNPOST_ALIASES_MAX
    // For changes:
    const char *ref; // the agency's own case reference, 1 to 127 bytes; only a keyed hash of it leaves the process
    bool previous;   // signpost_register: the work has ended already
    bool quiet;      // signpost_register, signpost_replace: never counts in anybody's answer
};

struct signpost_question {
    const char *purpose; // early-help, assessment, section-47, referral, looked-after, health-visit, police-report or
                         // caseload; NULL: the configuration's
    const char *on_behalf_of; // for an agency's system: the id of the person who asks; NULL: nobody
};

enum signpost_answer {
    SIGNPOST_NOT_ANSWERED = 0, // could not be answered: this is not a no
    SIGNPOST_YES,              // another agency is recorded as working with a child with these details
    SIGNPOST_PREVIOUSLY,       // ... as having worked with a child with these details
    SIGNPOST_POSSIBLY,         // ... as working, or having worked, with a child whose details are similar
    SIGNPOST_NO,               // nothing that may be shown; it does not mean that nobody is involved
};

// "yes", "previously", "possibly", "no", "could-not-be-answered". Never NULL.
SIGNPOST_API const char *signpost_answer_text(enum signpost_answer answer);

#define SIGNPOST_REFERENCE_SIZE 12
#define SIGNPOST_REASON_SIZE 512

struct signpost_reply {
    enum signpost_answer answer;
    enum signpost_problem problem; // SIGNPOST_OK with an answer; never with SIGNPOST_NOT_ANSWERED, but where not asked
    char reason[SIGNPOST_REASON_SIZE]; // why there is no answer; with one, what was set aside, or ""
    bool without_identifier;           // neither NHS number nor UPN was usable: many involvements are missed
    int64_t answered_at; // seconds since 1970: the index's clock, or this machine's where it gave no reply
    char reference[SIGNPOST_REFERENCE_SIZE]; // "7G2K9-QXM4T", in the index's journal too; "" where it gave no reply
    uint64_t feeds_fresh,
        feeds_total; // the scheme's agencies whose records are up to date, of how many; total 0: not known
};

// Asks about each child, in as few requests as possible. `replies` has room for `count`.
SIGNPOST_API enum signpost_problem signpost_ask(struct signpost *scheme, const struct signpost_question *question,
                                                const struct signpost_child *children, size_t count,
                                                struct signpost_reply *replies);

// The words that a person should read with the answer: "NO ONE ELSE FOUND. This does not mean ...". Writes at most
// `size` bytes with the zero at their end, and returns the length of the whole, as snprintf does.
SIGNPOST_API size_t signpost_message(const struct signpost_reply *reply, char *out, size_t size);

// Changes of the agency's own involvements. All of them may be repeated.

enum signpost_change {
    SIGNPOST_NOT_DONE = 0,
    SIGNPOST_OPENED,
    SIGNPOST_REPLACED,
    SIGNPOST_CLOSED,
    SIGNPOST_WITHDRAWN,
    SIGNPOST_UNCHANGED, // it was already so
};

// "opened", "replaced", "closed", "withdrawn", "unchanged", "not-done". Never NULL.
SIGNPOST_API const char *signpost_change_text(enum signpost_change change);

struct signpost_result {
    enum signpost_change change;
    enum signpost_problem problem;     // SIGNPOST_OK when it is done; never with SIGNPOST_NOT_DONE
    char reason[SIGNPOST_REASON_SIZE]; // why it is not; else what was set aside, or ""
    struct signpost_reply reply;       // signpost_register with a question
};

// The agency works, or has worked, with these children. With a question (NULL: none) each reply is made inside the
// transaction of the change: two agencies that register a child at one moment hear of each other.
SIGNPOST_API enum signpost_problem signpost_register(struct signpost *scheme, const struct signpost_question *question,
                                                     const struct signpost_child *children, size_t count,
                                                     struct signpost_result *results);

// New details in place of those under which the children are registered: was[i] are those of children[i]; only its
// details and aliases are read.
SIGNPOST_API enum signpost_problem signpost_replace(struct signpost *scheme, const struct signpost_child *children,
                                                    const struct signpost_child *was, size_t count,
                                                    struct signpost_result *results);

// The work has ended: others will hear "previously". With the details under which the children are registered.
SIGNPOST_API enum signpost_problem signpost_close(struct signpost *scheme, const struct signpost_child *children,
                                                  size_t count, struct signpost_result *results);

// It was entered in error, and leaves no trace in answers.
SIGNPOST_API enum signpost_problem signpost_withdraw(struct signpost *scheme, const struct signpost_child *children,
                                                     size_t count, struct signpost_result *results);

// As whom the index knows this program; times are seconds since 1970.
struct signpost_identity {
    char identity[256]; // "urn:signpost:demo:agency:north"
    char roles[128];    // "agency", several with ", "
    int64_t time;       // the index's clock
    int64_t certificate_expires, entry_expires, roster_expires;
    uint64_t roster_version, descriptor_version;
};
SIGNPOST_API enum signpost_problem signpost_whoami(struct signpost *scheme, struct signpost_identity *out);

#ifdef __cplusplus
}
#endif

#endif
