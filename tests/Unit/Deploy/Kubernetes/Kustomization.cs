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
    private static readonly string[] Known =
        ["apiVersion", "kind", "resources", "components", "configMapGenerator", "patches", "namespace", "nameSuffix", "labels"];
    private static readonly string[] WithTemplates = ["Deployment", "StatefulSet", "Job"];

    public static List<JsonObject> Build(string folder)
    {
        var settings = Yaml.Read(File.ReadAllText(Path.Combine(folder, "kustomization.yaml"))).Single();
        settings.Select(setting => setting.Key).Except(Known).ToList().ForEach(key => throw new NotSupportedException($"{folder}: {key}"));
        List<JsonObject> made = [];
        foreach (var entry in Texts(settings, "resources").Concat(Texts(settings, "components")))
        {
            var path = Path.GetFullPath(Path.Combine(folder, entry));
            made.AddRange(Directory.Exists(path) ? Build(path) : Yaml.Read(File.ReadAllText(path)));
        }

        made.AddRange(Objects(settings["configMapGenerator"]).Select(generator => ConfigMap(folder, generator)));
        foreach (var patch in Objects(settings["patches"]))
        {
            var changes = Yaml.Read(File.ReadAllText(Path.Combine(folder, Only(patch, "path"))));
            foreach (var change in changes) Merge(Find(made, change), change);
        }

        if (settings["namespace"] is { } space)
            foreach (var item in made.Where(item => item.Text("kind") != "Namespace")) item["metadata"]!["namespace"] = space.DeepClone();
        foreach (var item in made) item["metadata"]!["name"] = $"{item["metadata"]!["name"]}{settings["nameSuffix"]}";
        foreach (var labels in Objects(settings["labels"])) Label(made, labels);

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

    // What a patch names comes first, in its order; the rest keeps its own.
    private static void MergeByName(JsonArray list, IEnumerable<JsonObject> changes)
    {
        foreach (var (place, change) in changes.Index())
        {
            var known = Objects(list).FirstOrDefault(item => item.Text("name") == change.Text("name"));
            if (known is not null)
            {
                list.Remove(known);
                Merge(known, change);
            }

            list.Insert(place, known ?? change.DeepClone());
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

    private static IEnumerable<JsonObject> Objects(JsonNode? list) => list?.AsArray().Select(entry => entry!.AsObject()) ?? [];
}
