import { readFileSync } from 'node:fs';
import { parseSync } from 'oxc-parser';

const known =
  /^(?:ClassDeclaration|VariableDeclaration|TSDeclareFunction|TSInterfaceDeclaration|TSTypeAliasDeclaration)$/;

/**
 * @typedef {object} Binding A name that another module declares.
 * @property {string} from The module's specifier as written.
 * @property {string} name Its name there; `*` for the whole module.
 * @property {string} [local] Its name here, where an import gives it one.
 * @property {boolean} typeOnly
 */

/**
 * @typedef {object} Declarations One declaration file.
 * @property {Map<string, { texts: string[], isType: boolean, names: Set<string>, imports: Binding[] }>} declared
 * What each name stands for, without comments, the names it mentions, and the modules it asks for by `import('...')`.
 * @property {Map<string, Binding>} imported By the name it has here.
 * @property {Map<string, { local: string, typeOnly: boolean } | Binding>} exported
 */

/**
 * Reads the declarations that the compiler wrote into one file. A form of declaration that it does not know is an error:
 * nothing is left out of an API in silence.
 *
 * @param {string} path
 * @returns {Declarations}
 */
export function readDeclarations(path) {
  const code = readFileSync(path, 'utf8');
  const { program, comments, errors } = parseSync(path, code);
  if (errors.length > 0) throw new Error(`${path} cannot be parsed: ${errors[0].message}`);

  const file = { declared: new Map(), imported: new Map(), exported: new Map() };
  for (const statement of program.body) readStatement(statement);
  return file;

  function readStatement(statement) {
    const { type, declaration, specifiers = [], source } = statement;
    const from = source?.value;
    const isTypeOnly = (kind) => kind === 'type';
    if (type === 'ImportDeclaration') {
      for (const { local, imported, importKind } of specifiers) {
        const typeOnly = isTypeOnly(statement.importKind) || isTypeOnly(importKind);
        file.imported.set(local.name, { from, name: imported?.name ?? '*', local: local.name, typeOnly });
      }
    } else if (type === 'ExportNamedDeclaration' && declaration) {
      for (const name of declare(declaration, statement)) file.exported.set(name, { local: name, typeOnly: false });
    } else if (type === 'ExportNamedDeclaration') {
      for (const { local, exported, exportKind } of specifiers) {
        const typeOnly = isTypeOnly(statement.exportKind) || isTypeOnly(exportKind);
        const binding = from === undefined ? { local: local.name, typeOnly } : { from, name: local.name, typeOnly };
        file.exported.set(exported.name, binding);
      }
    } else {
      declare(statement, statement);
    }
  }

  function declare(declaration, statement) {
    if (!known.test(declaration.type)) throw new Error(`${path}: ${declaration.type} is not known to the API text`);
    const names = (declaration.declarations ?? [declaration]).map(({ id }) => id.name);
    const mentioned = mentions(declaration);
    for (const name of names) {
      // One name may have several declarations: overloads, or a type and a value.
      const before = file.declared.get(name) ?? { texts: [], isType: true, names: new Set(), imports: [] };
      file.declared.set(name, {
        texts: [...before.texts, textOf(statement)],
        isType: before.isType && declaration.type.startsWith('TS') && declaration.type !== 'TSDeclareFunction',
        names: new Set([...before.names, ...mentioned.names]),
        imports: [...before.imports, ...mentioned.imports],
      });
    }
    return names;
  }

  function textOf({ start, end }) {
    const inside = comments.filter((comment) => comment.start >= start && comment.end <= end);
    const edges = [start, ...inside.flatMap((comment) => [comment.start, comment.end]), end];
    const parts = edges.flatMap((edge, index) => (index % 2 === 0 ? [code.slice(edge, edges[index + 1])] : []));
    return parts.join('').replaceAll(/\n\s*(?=\n)/g, '');
  }
}

/** Every name that a declaration mentions. Too many do no harm: a name counts only where its file declares or imports it. */
function mentions(declaration) {
  const names = new Set();
  const imports = [];
  visit(declaration);
  return { names, imports };

  function visit(node) {
    if (Array.isArray(node)) {
      for (const child of node) visit(child);
      return;
    }
    if (node === null || typeof node !== 'object') return;
    if (node.type === 'Identifier') names.add(node.name);
    if (node.type === 'TSImportType') {
      imports.push({ from: node.source.value, name: firstName(node.qualifier), local: 'all', typeOnly: true });
    }
    for (const [key, child] of Object.entries(node)) {
      // The name of a member is not a reference, unless it stands in brackets.
      if (key !== 'key' || node.computed === true) visit(child);
    }
  }
}

function firstName(qualifier) {
  if (qualifier === null || qualifier === undefined) return '*';
  return qualifier.type === 'TSQualifiedName' ? firstName(qualifier.left) : qualifier.name;
}
