// Microsoft's own parser of KQL: `node local/kusto.js FOLDER FILE...`, FOLDER being node_modules.
// Prints a line for each mistake; exit code 1 if there is one. Names of columns are not checked.
const { readFileSync } = require("fs");
const { join } = require("path");
const { runInThisContext } = require("vm");

const [folder, ...files] = process.argv.slice(2);
for (const name of ["bridge.min.js", "Kusto.Language.Bridge.min.js"]) {
  const path = join(folder, "@kusto/language-service-next", name);
  runInThisContext(readFileSync(path, "utf8"), { filename: path });
}

for (const file of files) {
  const text = readFileSync(file, "utf8");
  const found = Kusto.Language.KustoCode.Parse(text).GetDiagnostics();
  for (let i = 0; i < found.Count; i++) {
    const mistake = found.getItem(i);
    const line = text.slice(0, mistake.Start).split("\n").length;
    console.log(`${file}:${line}: ${mistake.Message}`);
    process.exitCode = 1;
  }
}
