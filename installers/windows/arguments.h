/* The command line of a program that passes it on. */
#include <wchar.h>

/* What stands after the program's own name, as it was given: quoting stays the caller's. */
static const wchar_t *arguments_of(const wchar_t *all) {
    if (*all == L'"') {
        for (all++; *all && *all != L'"'; all++) {}
        if (*all) all++;
    } else {
        for (; *all && *all != L' ' && *all != L'\t'; all++) {}
    }
    while (*all == L' ' || *all == L'\t') all++;
    return all;
}
