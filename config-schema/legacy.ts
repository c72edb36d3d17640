/** Settings of version 1 (seed 6.4.1): understood only to say what took their place. */

/** Old name → new name, or the sentence that explains where it went. */
export const renamed: Record<string, string> = {
  'connect.heartbeat_timeout': 'connect.heartbeatTimeout',
  'connect.heartbeat_interval': 'connect.heartbeatInterval',
  'connect.resume_timeout': 'connect.resumeTimeout',
  'connect.resume_retries': 'connect.resumeRetries',
  'connect.resume_plateau': 'connect.resumePlateau',
  'connect.resume_threshold': 'connect.resumeThreshold',
  'connect.request_timeout': 'connect.requestTimeout',
  'connect.request_retries': 'connect.requestRetries',
  'connect.max_operations': 'connect.maxOperations',
};

export const removed: Record<string, string> = {
  'connect.insecure': 'set the environment variable KSOCKET_INSECURE instead',
};
