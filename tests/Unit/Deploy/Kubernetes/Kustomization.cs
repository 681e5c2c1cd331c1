using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Unit.Deploy.Kubernetes;

/// <summary>
/// What <c>kubectl kustomize</c> makes of a folder, as far as deploy/k8s asks for it; anything else is refused. Generated
/// names have no hash. Written since a kubectl that knows components is not to be had from Debian; where there is one, a test
/// compares the two.
/// </summary>
internal static class Kustomization
{
    private static readonly string[] Scoped = ["Namespace"];
    private static readonly string[] WithTemplates = ["Deployment", "StatefulSet", "Job"];

    public static List<JsonObject> Build(string folder)
    {
        var settings = Yaml.Read(File.ReadAllText(Path.Combine(folder, "kustomization.yaml"))).Single();
        List<JsonObject> made = [];
        foreach (var entry in Texts(settings, "resources").Concat(Texts(settings, "components")))
        {
            var path = Path.GetFullPath(Path.Combine(folder, entry));
            made.AddRange(Directory.Exists(path) ? Build(path) : Yaml.Read(File.ReadAllText(path)));
        }

        foreach (var (key, value) in settings)
        {
            switch (key)
            {
                case "apiVersion" or "kind" or "resources" or "components": break;
                case "configMapGenerator": made.AddRange(Objects(value).Select(generator => ConfigMap(folder, generator))); break;
                case "patches":
                    foreach (var patch in Objects(value))
                        foreach (var change in Yaml.Read(File.ReadAllText(Path.Combine(folder, Only(patch, "path"))))) Merge(Find(made, change), change);
                    break;
                case "labels": Objects(value).ToList().ForEach(labels => Label(made, labels)); break;
                case "nameSuffix": made.ForEach(item => item["metadata"]!["name"] = $"{item["metadata"]!["name"]}{value}"); break;
                case "namespace":
                    foreach (var item in made.Where(item => !Scoped.Contains(item.Text("kind")))) item["metadata"]!["namespace"] = value!.DeepClone();
                    break;
                default: throw new NotSupportedException($"{folder}: {key}");
            }
        }

        var twice = made.CountBy(item => $"{item["kind"]} {item["metadata"]!["name"]}").FirstOrDefault(count => count.Value > 1);
        return twice.Value > 1 ? throw new InvalidDataException($"{folder} has two of {twice.Key}") : made;
    }

    /// <summary>A file of <c>NAME=value</c> lines, as compose and kustomize read it.</summary>
    public static IEnumerable<(string Name, string Value)> Environment(string file) => File.ReadLines(file)
        .Select(line => Regex.Match(line, "^([^#=]+)=(.*)$")).Where(line => line.Success)
        .Select(line => (line.Groups[1].Value, line.Groups[2].Value));

    private static JsonObject ConfigMap(string folder, JsonObject generator)
    {
        var entries = Texts(generator, "envs").SelectMany(file => Environment(Path.Combine(folder, file)))
            .Concat(Texts(generator, "files").Select(file => (Name: file, Value: File.ReadAllText(Path.Combine(folder, file)))));
        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject { ["name"] = generator.Text("name") },
            ["data"] = new JsonObject(entries.Select(entry => KeyValuePair.Create<string, JsonNode?>(entry.Name, entry.Value))),
        };
    }

    private static void Label(List<JsonObject> made, JsonObject labels)
    {
        var inSelectors = (bool?)labels["includeSelectors"] is true;
        var inTemplates = inSelectors || (bool?)labels["includeTemplates"] is true;
        foreach (var item in made)
        {
            Add(Child(item, "metadata"), "labels");
            if (!WithTemplates.Contains(item.Text("kind"))) continue;
            var spec = item["spec"]!.AsObject();
            if (inTemplates) Add(Child(Child(spec, "template"), "metadata"), "labels");
            if (!inSelectors) continue;
            Add(Child(spec, "selector"), "matchLabels");
            foreach (var spread in spec["template"]!["spec"]!["topologySpreadConstraints"]!.AsArray())
                Add(Child(spread!.AsObject(), "labelSelector"), "matchLabels");
        }

        void Add(JsonObject to, string name)
        {
            foreach (var (key, value) in labels["pairs"]!.AsObject()) Child(to, name)[key] = value!.DeepClone();
        }
    }

    // A strategic merge: objects by their members, containers and variables by their names, other lists as a whole.
    private static void Merge(JsonObject target, JsonObject change)
    {
        foreach (var (key, value) in change)
        {
            if (value is JsonObject inner && target[key] is JsonObject known) Merge(known, inner);
            else if (key is "containers" or "env" && target[key] is JsonArray list) MergeByName(list, Objects(value));
            else target[key] = value?.DeepClone();
        }
    }

    private static void MergeByName(JsonArray list, IEnumerable<JsonObject> changes)
    {
        foreach (var change in changes)
        {
            if (Objects(list).FirstOrDefault(item => item.Text("name") == change.Text("name")) is { } known) Merge(known, change);
            else list.Insert(0, change.DeepClone());
        }
    }

    private static JsonObject Find(List<JsonObject> made, JsonObject change) => made.Single(item =>
        item.Text("kind") == change.Text("kind") && item.Text("apiVersion") == change.Text("apiVersion")
        && item["metadata"]!.AsObject().Text("name") == change["metadata"]!.AsObject().Text("name"));

    private static JsonObject Child(JsonObject parent, string name) => (JsonObject)(parent[name] ??= new JsonObject());

    private static string Only(JsonObject settings, string name) =>
        settings.Count == 1 ? settings.Text(name) : throw new NotSupportedException(settings.ToJsonString());

    private static string Text(this JsonObject item, string name) => item[name]?.GetValue<string>() ?? "";

    private static IEnumerable<string> Texts(JsonObject settings, string name) =>
        settings[name]?.AsArray().Select(entry => entry!.GetValue<string>()) ?? [];

    private static IEnumerable<JsonObject> Objects(JsonNode? list) => list!.AsArray().Select(entry => entry!.AsObject());
}
