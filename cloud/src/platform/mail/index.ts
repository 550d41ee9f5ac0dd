export { type Letter, type Mailer, openMailer } from './smtp-mailer.ts';
