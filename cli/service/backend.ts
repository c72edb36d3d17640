/** What a service manager must be able to do for `ksocket service`. Each of them has one file that fulfils it. */

/** The words of `ksocket service status`. */
export type ServiceState = 'missing' | 'running' | 'stopped' | 'processing';

export interface Backend {
  /** Where the installation keeps the description that it hands to the manager; undefined where managers take none. */
  readonly file: string | undefined;
  /** Writes that description. Safe twice; a former one is replaced. */
  describe(account: string): Promise<void>;
  /** Gives the description to the manager, which starts the service at each boot from now on. Safe twice. @throws Failure */
  install(): Promise<void>;
  /** Takes back all that `install` did, and touches nothing that others did. Only of a service that stands. @throws Failure */
  uninstall(): Promise<void>;
  /** Without any privilege. @throws Failure when the manager does not answer */
  state(): Promise<ServiceState>;
  /** These return when it runs or has ended. Only of a service that is installed. @throws Failure with what the service said */
  start(): Promise<void>;
  stop(): Promise<void>;
  restart(): Promise<void>;
}
