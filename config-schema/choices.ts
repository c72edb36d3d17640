/** The words between which a setting chooses, by themselves: the command line names them in its help, and loads no schema for that. */

export const logStyles = ['text', 'json'] as const;
export const logLevels = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;
export const scanModes = ['intranet', 'azure', 'aws'] as const;
