using System.Text.Json.Nodes;
using Shouldly;
using Xunit;

namespace Services.Gateway;

public sealed class RecogniseBreakingChanges
{
    private const string Document = """
        {
          "paths": {
            "/things": {
              "get": {
                "parameters": [{ "in": "query", "name": "limit", "schema": { "type": "integer", "maximum": 200 } }],
                "responses": { "200": { "content": { "application/json": { "schema": { "type": "array", "items": { "$ref": "#/components/schemas/Thing" } } } } } }
              },
              "post": {
                "requestBody": { "required": true, "content": { "application/json": { "schema": {
                  "type": "object", "required": ["name"], "properties": { "name": { "type": ["string", "null"] }, "kind": { "type": "string", "enum": ["red", "blue"] } } } } } },
                "responses": { "201": { "description": "Made." }, "404": { "description": "None." } }
              }
            }
          },
          "components": { "schemas": { "Thing": { "type": "object", "required": ["id"], "properties": {
            "id": { "type": "string", "format": "uuid" }, "note": { "type": "string" }, "colour": { "enum": ["red", "blue"] }, "parts": { "type": "array", "items": { "$ref": "#/components/schemas/Thing" } } } } } }
        }
        """;

    [Theory]
    [InlineData("\"post\": {", "\"put\": {", "removed operation: POST /things")]
    [InlineData("\"name\": \"limit\"", "\"name\": \"size\"", "removed parameter: GET /things query limit")]
    [InlineData("\"name\": \"limit\",", "\"name\": \"limit\", \"required\": true,", "new required parameter: GET /things query limit")]
    [InlineData("200 } }", "100 } }", "narrowed type: GET /things query limit has maximum 100")]
    [InlineData("[\"string\", \"null\"]", "\"string\"", "narrowed type: POST /things request name from string|null to string")]
    [InlineData("[\"name\"]", "[\"name\", \"kind\"]", "new required request member: POST /things request kind")]
    [InlineData("\"kind\": {", "\"sort\": {", "removed request member: POST /things request kind")]
    [InlineData("\"type\": \"string\", \"enum\": [\"red\", \"blue\"]", "\"type\": \"string\", \"enum\": [\"red\"]",
        "removed enum word: POST /things request kind blue")]
    [InlineData("\"note\": { \"type\": \"string\" },", "", "removed response member: GET /things 200[] note")]
    [InlineData("\"note\": { \"type\": \"string\" }", "\"note\": { \"type\": \"integer\" }",
        "narrowed type: GET /things 200[] note from string to integer")]
    [InlineData("\"required\": [\"id\"],", "", "response member no longer always there: GET /things 200[] id")]
    [InlineData("\"format\": \"uuid\"", "\"format\": \"date\"", "changed format: GET /things 200[] id from uuid to date")]
    [InlineData("\"colour\": { \"enum\": [\"red\", \"blue\"] }", "\"colour\": { \"enum\": [\"blue\"] }",
        "removed enum word: GET /things 200[] colour red")]
    [InlineData("\"201\"", "\"202\"", "removed response: POST /things 201")]
    public void what_breaks_a_client_is_named(string before, string after, string change)
    {
        Document.ShouldContain(before);

        BreakingChanges.Between(JsonNode.Parse(Document)!, JsonNode.Parse(Document.Replace(before, after, StringComparison.Ordinal))!)
            .ShouldBe([change]);
    }

    [Theory]
    [InlineData("\"404\": { \"description\": \"None.\" }", "\"409\": { \"description\": \"Busy.\" }")]
    [InlineData("\"note\": {", "\"more\": { \"type\": \"string\" }, \"note\": {")]
    [InlineData("200 } }", "500 } }")]
    [InlineData("\"/things\": {", "\"/more\": { \"get\": { \"responses\": {} } }, \"/things\": {")]
    public void what_only_adds_breaks_nobody(string before, string after)
    {
        Document.ShouldContain(before);

        BreakingChanges.Between(JsonNode.Parse(Document)!, JsonNode.Parse(Document.Replace(before, after, StringComparison.Ordinal))!)
            .ShouldBeEmpty();
    }
}
