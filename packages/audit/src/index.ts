export { auditLog, type AuditLog, type AuditStats } from './audit-log.ts';
export type { AuditHead } from './line.ts';
export type { AuditLogOptions } from './options.ts';
export type { AuditFinding, AuditFindingCode, AuditPlace, AuditReport } from './report.ts';
export { verifyAuditLog, type VerifyAuditLogOptions } from './verify-audit-log.ts';
