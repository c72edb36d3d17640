/*
 * shortcut.exe FILE TARGET ARGUMENTS DIRECTORY: writes a shortcut that starts its target as an administrator, by the object that Windows
 * itself uses. What it leads to needs those rights, and scripting, the other way to that object, cannot ask for them.
 */
#define COBJMACROS
#define CINTERFACE
#include <windows.h>
#include <shlobj.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>

static HRESULT write_shortcut(wchar_t **words) {
    IShellLinkW *link;
    IPersistFile *file;
    IShellLinkDataList *data;
    HRESULT result = CoCreateInstance(&CLSID_ShellLink, NULL, CLSCTX_INPROC_SERVER, &IID_IShellLinkW, (void **)&link);
    if (FAILED(result)) return result;
    result = IShellLinkW_SetPath(link, words[2]);
    if (SUCCEEDED(result)) result = IShellLinkW_SetShowCmd(link, SW_SHOWNORMAL);
    if (SUCCEEDED(result)) result = IShellLinkW_SetArguments(link, words[3]);
    if (SUCCEEDED(result)) result = IShellLinkW_SetWorkingDirectory(link, words[4]);
    if (SUCCEEDED(result)) result = IShellLinkW_QueryInterface(link, &IID_IShellLinkDataList, (void **)&data);
    if (SUCCEEDED(result)) {
        DWORD flags;
        result = data->lpVtbl->GetFlags(data, &flags);
        if (SUCCEEDED(result)) result = data->lpVtbl->SetFlags(data, flags | SLDF_RUNAS_USER);
        data->lpVtbl->Release(data);
    }
    if (SUCCEEDED(result)) result = IShellLinkW_QueryInterface(link, &IID_IPersistFile, (void **)&file);
    if (SUCCEEDED(result)) {
        result = IPersistFile_Save(file, words[1], TRUE);
        IPersistFile_Release(file);
    }
    IShellLinkW_Release(link);
    return result;
}

int wmain(int count, wchar_t **words) {
    /* Otherwise a path ends where a letter is in no code page. */
    _setmode(_fileno(stderr), _O_U8TEXT);
    if (count != 5) return 2;
    HRESULT result = CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    if (SUCCEEDED(result)) {
        result = write_shortcut(words);
        CoUninitialize();
    }
    if (FAILED(result)) fwprintf(stderr, L"shortcut: %ls could not be written (0x%08lx)\n", words[1], (unsigned long)result);
    return FAILED(result) ? 1 : 0;
}
