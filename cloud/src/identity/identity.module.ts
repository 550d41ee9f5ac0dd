import { type DynamicModule, Module } from '@nestjs/common';
import { AuditReader, RefusalLog } from '../audit/index.ts';
import { TrailingWork } from '../kernel/trailing-work.ts';
import { AccessTokens } from './access-tokens.ts';
import { AccountController } from './account.controller.ts';
import { AccountService } from './account.service.ts';
import { ApiKeysService } from './api-keys.service.ts';
import { AuditController } from './audit.controller.ts';
import { ConsentService } from './consent.service.ts';
import { Entrance } from './entrance.ts';
import { ExportService } from './export.service.ts';
import { ForgetService } from './forget.service.ts';
import { Gate } from './gate.ts';
import { MembersGuard, SessionGuard } from './identity.guards.ts';
import type { IdentityParts } from './identity.types.ts';
import { JoinService } from './join.service.ts';
import { Limiter } from './limiter.ts';
import { MembersDataController } from './members-data.controller.ts';
import { PasswordHasher } from './password-hash.ts';
import { PeopleController } from './people.controller.ts';
import { PeopleService } from './people.service.ts';
import { PersonsController } from './persons.controller.ts';
import { SecondFactorService } from './second-factor.service.ts';
import { SessionController } from './session.controller.ts';
import { SessionsService } from './sessions.service.ts';
import { SignInService } from './sign-in.service.ts';

export interface IdentityServices {
  readonly gate: Gate;
  readonly signIn: SignInService;
  readonly sessions: SessionsService;
  readonly tokens: AccessTokens;
  readonly account: AccountService;
  readonly factor: SecondFactorService;
  readonly join: JoinService;
  readonly people: PeopleService;
  readonly keys: ApiKeysService;
  readonly limiter: Limiter;
  readonly refusals: RefusalLog;
  /** What answers do not wait for: whoever stops the hub waits for it. */
  readonly trailing: TrailingWork;
  readonly audit: AuditReader;
  readonly consent: ConsentService;
  readonly exported: ExportService;
  readonly forget: ForgetService;
}

export function identityServices(parts: IdentityParts, hasher = new PasswordHasher()): IdentityServices {
  const audit = new AuditReader(parts.db);
  const refusals = new RefusalLog(parts.db, parts.clock);
  const sessions = new SessionsService(parts);
  const tokens = new AccessTokens(parts);
  const keys = new ApiKeysService(parts);
  const trailing = new TrailingWork();
  const account = new AccountService(parts, hasher, trailing);
  return {
    sessions,
    tokens,
    keys,
    account,
    factor: new SecondFactorService(parts, hasher),
    limiter: new Limiter(parts),
    refusals,
    trailing,
    audit,
    consent: new ConsentService(parts),
    exported: new ExportService(parts, audit),
    forget: new ForgetService(parts),
    signIn: new SignInService(parts, hasher, refusals),
    join: new JoinService(parts, hasher),
    people: new PeopleService(parts, account),
    gate: new Gate(parts, { sessions, tokens, keys, refusals }),
  };
}

@Module({})
class IdentityModule {}

/** Known to every feature: its gate decides who a request is, and what it may do. */
export function identityModule(services: IdentityServices): DynamicModule {
  return {
    module: IdentityModule,
    global: true,
    controllers: [
      SessionController,
      AccountController,
      PersonsController,
      PeopleController,
      MembersDataController,
      AuditController,
    ],
    providers: [
      { provide: Gate, useFactory: () => services.gate },
      { provide: Entrance, useFactory: () => new Entrance(services) },
      { provide: AccountService, useFactory: () => services.account },
      { provide: SecondFactorService, useFactory: () => services.factor },
      { provide: JoinService, useFactory: () => services.join },
      { provide: PeopleService, useFactory: () => services.people },
      { provide: AuditReader, useFactory: () => services.audit },
      { provide: ConsentService, useFactory: () => services.consent },
      { provide: ExportService, useFactory: () => services.exported },
      { provide: ForgetService, useFactory: () => services.forget },
      { provide: ApiKeysService, useFactory: () => services.keys },
      SessionGuard,
      MembersGuard,
    ],
    exports: [Gate],
  };
}
