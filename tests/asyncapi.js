// Run by asyncapi.sh, which says what it does.
const { readFileSync } = require('fs');
const { Parser } = require('@asyncapi/parser');
const Ajv = require('ajv').default ?? require('ajv');

const [documentFile, messagesFile] = process.argv.slice(2);
const formats = {
    uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
};

(async () => {
    const text = readFileSync(documentFile, 'utf8');
    const { document, diagnostics } = await new Parser().parse(text);
    // 0 is an error, 1 a warning; the rest is advice.
    const wrong = diagnostics.filter(each => each.severity <= 1).map(each => `${each.path.join('/')}: ${each.message}`);
    if (!document) wrong.push('the document cannot be read');
    let count = 0;
    const types = new Set();
    if (messagesFile && document) {
        const ajv = new Ajv({ strict: false, allErrors: true, formats });
        const whole = JSON.parse(text);
        const refer = value => JSON.parse(JSON.stringify(value), (key, at) =>
            at && at.$ref ? at.$ref.split('/').slice(1).reduce((node, step) => node[step], whole) : at);
        const checks = Object.fromEntries(Object.entries(whole.components.messages)
            .map(([name, message]) => [name, ajv.compile(refer(message.payload))]));
        for (const line of readFileSync(messagesFile, 'utf8').split('\n').filter(line => line)) {
            const message = JSON.parse(line);
            const name = message.type.startsWith('/problems/') ? 'problem' : message.type;
            const check = checks[name];
            count++;
            types.add(name);
            if (!check) wrong.push(`there is no message '${name}'`);
            else if (!check(message)) wrong.push(`${name}: ${ajv.errorsText(check.errors)} in ${line.slice(0, 500)}`);
        }
    }

    console.log(`${count} messages of ${types.size} types: ${[...types].sort().join(' ')}`);
    for (const each of [...new Set(wrong)].slice(0, 20)) console.log(each);
    process.exit(wrong.length ? 1 : 0);
})();
