// Ask a server all audits of graphql-http, and print what each found, as JSON.
import { auditServer } from 'graphql-http';

const results = await auditServer({ url: process.argv[2] });
const told = results.map(({ id, name, status, ...more }) => ({ id, name, status, reason: more.reason ?? null }));
console.log(JSON.stringify(told));
