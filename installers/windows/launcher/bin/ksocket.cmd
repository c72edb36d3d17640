@echo off
rem Starts the version of Ksocket that is active in the installation around this file.
setlocal DisableDelayedExpansion
for %%I in ("%~dp0..") do set "root=%%~fI"
set "place=%root%\usr\lib\ksocket"
set "slot="
set /p slot=<"%place%\active"
if not "%slot%"=="a" if not "%slot%"=="b" (
  echo ksocket: "%place%\active" names neither slot a nor slot b; run ksinstall.exe again 1>&2
  exit /b 1
)
rem A version on trial is judged by the one that is known to work.
set "settled="
if "%~1"=="update" if "%~2"=="settle" if exist "%place%\settled" set /p settled=<"%place%\settled"
if not "%settled%"=="a" if not "%settled%"=="b" set "settled="
if defined settled if exist "%place%\slots\%settled%\node\bin\node.exe" set "slot=%settled%"
if not defined KSOCKET_HOME set "KSOCKET_HOME=%root%"
set "slot=%place%\slots\%slot%"
rem The last line, so that its exit code is ours and nothing is read from this file after it, which an installation may replace meanwhile.
"%slot%\node\bin\node.exe" "%slot%\app\dist\cli\main.js" %*
