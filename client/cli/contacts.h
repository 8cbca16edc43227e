// SPDX-License-Identifier: Apache-2.0
// The file of local duty lines.
#ifndef CLIENT_CLI_CONTACTS_H
#define CLIENT_CLI_CONTACTS_H

// The file's text, which the caller frees; NULL when `path` is NULL. A file that cannot be read gives a text that says
// so: an answer is never held back for it. NULL also when there is no memory.
char *contacts_load(const char *path);

#endif
