// SPDX-License-Identifier: Apache-2.0
#include "client/cli/prompt.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "client/cli/cli.h"

#define BACK "<"

void prompt_open(struct prompt *prompt) {
    *prompt = (struct prompt){.in = stdin};
    setvbuf(stdin, NULL, _IONBF, 0); // no copy of what is typed stays in a buffer of the library
    if (!isatty(STDIN_FILENO)) {
        return;
    }
    prompt->out = isatty(STDERR_FILENO) ? stderr : fopen("/dev/tty", "w");
    prompt->opened_out = prompt->out != NULL && prompt->out != stderr;
}

void prompt_close(struct prompt *prompt) {
    secret_wipe(prompt->line, sizeof prompt->line);
    secret_wipe(prompt->surname, sizeof prompt->surname);
    if (prompt->opened_out) {
        fclose(prompt->out);
        prompt->opened_out = false;
    }
}

void prompt_say(struct prompt *prompt, const char *text) {
    if (prompt->out != NULL) {
        fprintf(prompt->out, "%s\n", text);
    }
}

static void trim(char *line) {
    size_t skip = strspn(line, " \t");
    memmove(line, line + skip, strlen(line + skip) + 1);
    size_t len = strlen(line);
    while (len > 0 && strchr(" \t\r\n", line[len - 1]) != NULL) {
        line[--len] = '\0';
    }
}

// One line into prompt->line; false at the end of the input. Of a line that is too long nothing is kept but its length.
static bool read_line(struct prompt *prompt, const char *question) {
    if (prompt->out != NULL) {
        fprintf(prompt->out, "%s", question);
        fflush(prompt->out);
    }
    if (fgets(prompt->line, sizeof prompt->line, prompt->in) == NULL) {
        prompt->line[0] = '\0';
        return false;
    }
    if (strchr(prompt->line, '\n') == NULL) {
        for (int c = fgetc(prompt->in); c != EOF && c != '\n';) {
            c = fgetc(prompt->in);
        }
    }
    trim(prompt->line);
    return true;
}

bool prompt_yes(struct prompt *prompt, const char *question) {
    return read_line(prompt, question) && (prompt->line[0] == 'y' || prompt->line[0] == 'Y');
}

struct field_row {
    const char *question;
    enum identity_field field;
    bool where; // only for the sets that use where a child lives
};

static const struct field_row field_rows[] = {
    {"Forenames: ", IDENTITY_FORENAMES, false},
    {"Surname: ", IDENTITY_SURNAME, false},
    {"Date of birth (DD/MM/YYYY): ", IDENTITY_DATE_OF_BIRTH, false},
    {"NHS number (Enter if not known): ", IDENTITY_NHS_NUMBER, false},
    {"UPN (Enter if not known): ", IDENTITY_UPN, false},
    {"Postcode (Enter if not known): ", IDENTITY_POSTCODE, true},
    {"Address, first line (Enter if not known): ", IDENTITY_ADDRESS, true},
};
#define FIELD_ROWS (sizeof field_rows / sizeof field_rows[0])

static void read_back_date(struct prompt *prompt, const struct identity *identity) {
    static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                         "July",    "August",   "September", "October", "November", "December"};
    struct identity only = {0};
    struct normal_identity normal = {0};
    memcpy(only.text[IDENTITY_DATE_OF_BIRTH], identity->text[IDENTITY_DATE_OF_BIRTH],
           sizeof only.text[IDENTITY_DATE_OF_BIRTH]);
    if (prompt->out != NULL && identity_normalise(&only, &normal) == OK && normal.year != 0) {
        fprintf(prompt->out, "    %d %s %d\n", normal.day, months[normal.month - 1], normal.year);
    }
    secret_wipe(&only, sizeof only);
    secret_wipe(&normal, sizeof normal);
}

// What stands in prompt->line becomes the field, if it can be used. At a terminal the question stands above the reason.
static err_t take_field(struct prompt *prompt, enum identity_field field, struct identity *identity) {
    err_t err = identity_check(field, prompt->line);
    if (err != OK) {
        return prompt->out != NULL ? err : err_prefix(err, "%s", identity_field_text(field));
    }
    err = identity_set(identity, field, prompt->line);
    if (err == OK && field == IDENTITY_DATE_OF_BIRTH) {
        read_back_date(prompt, identity);
    }
    return err;
}

static void explain(struct prompt *prompt) {
    fprintf(prompt->out, "    %s. Please type it again, or press Enter to leave it out.\n", err_detail());
}

// The row before this one that is asked; the first stays where it is.
static size_t row_before(size_t row, bool skip_surname) {
    size_t before = row > 0 ? row - 1 : 0;
    return skip_surname && before > 0 && field_rows[before].field == IDENTITY_SURNAME ? before - 1 : before;
}

static bool row_is_asked(const struct field_row *row, const struct match_set *set, bool same_surname) {
    if (row->field == IDENTITY_SURNAME) {
        return !same_surname;
    }
    return !row->where || strcmp(set->name, "core") != 0;
}

static err_t ask_fields(struct prompt *prompt, const struct match_set *set, bool same_surname,
                        struct identity *identity) {
    bool anything = false;
    for (size_t row = 0; row < FIELD_ROWS;) {
        if (!row_is_asked(&field_rows[row], set, same_surname)) {
            row++;
            continue;
        }
        if (!read_line(prompt, field_rows[row].question)) {
            return anything ? OK : err_set(ERR_UNAVAILABLE, "no details were given");
        }
        anything = true;
        if (prompt->out != NULL && strcmp(prompt->line, BACK) == 0) {
            row = row_before(row, same_surname);
            continue;
        }
        err_t err = take_field(prompt, field_rows[row].field, identity);
        if (err == OK) {
            row++;
        } else if (prompt->out != NULL) {
            explain(prompt);
        } else {
            return err;
        }
    }
    return OK;
}

// An alias has the child's details but for the name; what is left empty stays as it is.
static err_t ask_other_name(struct prompt *prompt, struct identity *alias) {
    static const struct field_row rows[] = {{"Other forenames (Enter if the same): ", IDENTITY_FORENAMES, false},
                                            {"Other surname (Enter if the same): ", IDENTITY_SURNAME, false}};
    for (size_t row = 0; row < 2;) {
        if (!read_line(prompt, rows[row].question)) {
            return OK;
        }
        err_t err = prompt->line[0] == '\0' ? OK : take_field(prompt, rows[row].field, alias);
        if (err == OK) {
            row++;
        } else if (prompt->out != NULL) {
            explain(prompt);
        } else {
            return err;
        }
    }
    return OK;
}

static err_t add_record(const struct match_set *set, const struct identity *identity, struct caseload_child *child) {
    struct normal_identity normal;
    err_t err = identity_normalise(identity, &normal);
    if (err != OK) {
        return err;
    }
    struct caseload_record *records = reallocarray(child->records, child->record_count + 1, sizeof *records);
    if (records == NULL) {
        err = err_set(ERR_MEMORY, "no memory for a child");
    } else {
        child->records = records;
        records[child->record_count] = (struct caseload_record){0};
        err = match_values_of(set, &normal, &records[child->record_count].values);
        child->record_count += err == OK ? 1 : 0;
    }
    secret_wipe(&normal, sizeof normal);
    return err;
}

static err_t ask_names(struct prompt *prompt, const struct match_set *set, const struct identity *identity,
                       struct caseload_child *child) {
    err_t err = add_record(set, identity, child);
    while (err == OK && prompt_yes(prompt, "Known by another name as well? [y/N] ")) {
        struct identity alias = *identity;
        err = ask_other_name(prompt, &alias);
        if (err == OK) {
            err = add_record(set, &alias, child);
        }
        secret_wipe(&alias, sizeof alias);
    }
    return err;
}

static err_t new_caseload(const char *ref, struct caseload *out) {
    struct caseload caseload = {.children = calloc(1, sizeof *caseload.children), .child_count = 1};
    if (caseload.children != NULL) {
        caseload.children->ref = strdup(ref == NULL ? "" : ref);
        caseload.children->entity = strdup("");
    }
    if (caseload.children == NULL || caseload.children->ref == NULL || caseload.children->entity == NULL) {
        caseload.child_count = caseload.children == NULL ? 0 : 1;
        caseload_free(&caseload);
        return err_set(ERR_MEMORY, "no memory for a child");
    }
    *out = caseload;
    return OK;
}

// At a terminal too few details are asked for again; the surname that is kept counts among them.
static err_t ask_child(struct prompt *prompt, const struct match_set *set, bool same_surname,
                       struct caseload_child *child) {
    err_t err = ERR_INPUT;
    for (bool again = true; again;) {
        struct identity identity = {0};
        if (same_surname) {
            memcpy(identity.text[IDENTITY_SURNAME], prompt->surname, sizeof prompt->surname);
        }
        err = ask_fields(prompt, set, same_surname, &identity);
        if (err == OK) {
            memcpy(prompt->surname, identity.text[IDENTITY_SURNAME], sizeof prompt->surname);
            err = ask_names(prompt, set, &identity, child);
        }
        secret_wipe(&identity, sizeof identity);
        again = err == ERR_INPUT && prompt->out != NULL && child->record_count == 0 && feof(prompt->in) == 0;
        if (again) {
            fprintf(prompt->out, "    %s. Please begin again.\n", err_detail());
        }
    }
    return err;
}

err_t prompt_child(struct prompt *prompt, const struct match_set *set, const char *ref, bool same_surname,
                   struct caseload *out) {
    struct caseload caseload;
    err_t err = new_caseload(ref, &caseload);
    if (err != OK) {
        return err;
    }
    err = ask_child(prompt, set, same_surname, caseload.children);
    if (err != OK) {
        caseload_free(&caseload);
        return err;
    }
    *out = caseload;
    return OK;
}

err_t prompt_ref(struct prompt *prompt, char **out) {
    do {
        if (!read_line(prompt, "Your case reference: ")) {
            return err_set(ERR_UNAVAILABLE, "no reference was given");
        }
        if (prompt->line[0] != '\0') {
            *out = strdup(prompt->line);
            return *out == NULL ? err_set(ERR_MEMORY, "no memory for a reference") : OK;
        }
        prompt_say(prompt, "    A reference is needed: it finds this record again.");
    } while (prompt->out != NULL);
    return err_set(ERR_INPUT, "a reference is needed");
}

static void list_purposes(struct prompt *prompt) {
    if (prompt->out == NULL) {
        return;
    }
    fprintf(prompt->out, "Purpose:\n");
    for (unsigned i = 0; i < PURPOSE_CANARY; i++) { // the canary is the scheme's own
        fprintf(prompt->out, "  %u  %s\n", i + 1, purpose_text((enum purpose)i));
    }
}

// A number of the list, or a code.
static err_t parse_purpose(const char *text, enum purpose *out) {
    char *end = NULL;
    unsigned long number = strtoul(text, &end, 10);
    if (end != text && *end == '\0' && number >= 1 && number <= PURPOSE_CANARY) {
        *out = (enum purpose)(number - 1);
        return OK;
    }
    return cli_purpose(text, out);
}

err_t prompt_purpose(struct prompt *prompt, enum purpose *out) {
    list_purposes(prompt);
    for (;;) {
        if (!read_line(prompt, "Number or code: ")) {
            return err_set(ERR_UNAVAILABLE, "no purpose was given");
        }
        err_t err = parse_purpose(prompt->line, out);
        if (err == OK || prompt->out == NULL) {
            return err;
        }
        prompt_say(prompt, "    There is no such purpose.");
    }
}
