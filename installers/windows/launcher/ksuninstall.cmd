@echo off
rem Takes the installation around this file away, whatever KSOCKET_HOME says.
setlocal DisableDelayedExpansion
for %%I in ("%~dp0.") do set "root=%%~fI"
for %%I in ("%root%\..") do set "parent=%%~fI" & set "maker=%%~nxI"
rem What is active may be broken, which is why somebody takes it away: then any slot that is there will do.
set "slot="
set /p slot=<"%root%\usr\lib\ksocket\active"
set "program=%root%\usr\lib\ksocket\slots\%slot%"
if not exist "%program%\node\bin\node.exe" set "program=%root%\usr\lib\ksocket\slots\a"
if not exist "%program%\node\bin\node.exe" set "program=%root%\usr\lib\ksocket\slots\b"
if not exist "%program%\node\bin\node.exe" (
  echo ksuninstall: no version of Ksocket is left in "%root%"; remove the folder by hand 1>&2
  exit /b 1
)
rem Windows deletes no program that runs, so a copy does the work. It lies where only administrators may write, and goes last.
set "copy=%root%\uninstall"
if not exist "%copy%" mkdir "%copy%"
copy /b /y "%program%\node\bin\node.exe" "%copy%\node.exe" >nul
if not exist "%copy%\node.exe" (
  echo ksuninstall: "%copy%" cannot be written; run this as an administrator 1>&2
  exit /b 1
)
set "KSOCKET_HOME=%root%"
rem One line: this file is gone when the uninstaller has done its work. Folders that are not empty stay. It is read as a whole before
rem it begins, so variables would have their values from before; what is decided on the way asks "if errorlevel" and "if defined".
set "failed="
set "wrong="
"%copy%\node.exe" "%program%\app\dist\installers\uninstall\main.js" %* & (if errorlevel 1 set "failed=1") & (if errorlevel 2 set "wrong=1") & rd /s /q "%copy%" & rd "%root%" 2>nul & (if /i "%maker%"=="Fixpoint" rd "%parent%" 2>nul) & (if defined wrong exit /b 2) & (if defined failed exit /b 1) & exit /b 0
