// SPDX-License-Identifier: Apache-2.0
// Every bound of the protocol, in one place.
#ifndef PROTO_LIMITS_H
#define PROTO_LIMITS_H

#define TOKEN_SIZE 16
#define HANDLE_SIZE 32
#define ELEMENT_SIZE 32 // a ristretto255 element, encoded
#define PROOF_SIZE 64
#define STORE_ID_SIZE 16

#define MAX_SLOTS 16       // of a match-key set
#define MAX_TOKEN_EPOCHS 2 // whose tokens one request carries: the present one's, and in a rotation the previous one's
#define MAX_TOKENS (MAX_SLOTS * MAX_TOKEN_EPOCHS) // of one record
#define MAX_CHILDREN 256                          // in one question, and changes in one request
#define MAX_ELEMENTS 256                          // in one evaluation
#define MAX_HOLDERS 16
#define MAX_INDEXES 4
#define MAX_ROSTER_ENTRIES 400000
#define MAX_RETIRED 4 // keys of epochs that are over, which a descriptor still names
#define MAX_KEYS 16   // of one entry of the roster

#define MAX_BODY (512 * 1024)  // of a request
#define MAX_REPLY (512 * 1024) // that a client reads
#define MAX_HEADERS (8 * 1024)
#define MAX_DESCRIPTOR (64 * 1024)
#define MAX_ROSTER (128 * 1024 * 1024)

#define MAX_ID 63 // of an agency, a person, a scheme
#define MAX_URN 255

#define MAX_EPOCH 4294967295         // and generation; both begin at 1
#define MAX_VERSION 9007199254740991 // of a signed file, from 1; what every JSON reader keeps exact (2^53 - 1)

#define AGENCY_CANARY "canary" // reserved: holds the scheme's canaries, and is never on a roster

#endif
