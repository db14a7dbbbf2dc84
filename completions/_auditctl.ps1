
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'auditctl' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'auditctl'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'auditctl' {
            [CompletionResult]::new('--database', '--database', [CompletionResultType]::ParameterName, 'Read this database')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and no other')
            [CompletionResult]::new('--log-dir', '--log-dir', [CompletionResultType]::ParameterName, 'Look for the service''s log files in this folder')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'Show times in this zone, and read them in it')
            [CompletionResult]::new('--log-timezone', '--log-timezone', [CompletionResultType]::ParameterName, 'Read the stamps of log records in this zone')
            [CompletionResult]::new('--audit-table', '--audit-table', [CompletionResultType]::ParameterName, 'Read audit entries from this table')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC, and read them so')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Show secrets instead of masking them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List audit entries')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show entries in full')
            [CompletionResult]::new('stats', 'stats', [CompletionResultType]::ParameterValue, 'Count audit entries by user, action, path, status or time')
            [CompletionResult]::new('tail', 'tail', [CompletionResultType]::ParameterValue, 'Show the newest entries, and more as they come')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Export all matching entries, to a file or a pipe')
            [CompletionResult]::new('versions', 'versions', [CompletionResultType]::ParameterValue, 'Show the versions of an object, or of a revision')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what changed between two versions of an object')
            [CompletionResult]::new('blame', 'blame', [CompletionResultType]::ParameterValue, 'Show who last set each field of an object')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'Show one timeline of an object')
            [CompletionResult]::new('deleted', 'deleted', [CompletionResultType]::ParameterValue, 'List objects that are gone but can be brought back')
            [CompletionResult]::new('revert', 'revert', [CompletionResultType]::ParameterValue, 'Put an object back as a version has it, or bring a deleted one back')
            [CompletionResult]::new('models', 'models', [CompletionResultType]::ParameterValue, 'List the models that have versions')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Rotate log files without losing a line')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check that all is well, and say what to do where it is not')
            [CompletionResult]::new('parse', 'parse', [CompletionResultType]::ParameterValue, 'Ask the log files')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show what is in force, and where each value came from')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Build a small real database and logs to try everything on')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the script with which a shell completes this program''s command line')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual of the program or of one of its verbs')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'auditctl;list' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Keep the entries of this user')
            [CompletionResult]::new('--action', '--action', [CompletionResultType]::ParameterName, 'Keep the entries whose action contains this text')
            [CompletionResult]::new('--model', '--model', [CompletionResultType]::ParameterName, 'Keep the entries about this model')
            [CompletionResult]::new('--record-id', '--record-id', [CompletionResultType]::ParameterName, 'Keep the entries about the object with this id')
            [CompletionResult]::new('--method', '--method', [CompletionResultType]::ParameterName, 'Keep the requests with one of these methods')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'Keep the requests whose path matches this pattern')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Keep the requests that were answered with one of these statuses')
            [CompletionResult]::new('--search', '--search', [CompletionResultType]::ParameterName, 'Keep the entries whose details contain this text')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Keep the entries written at this time or later')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Keep the entries written before this time')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Keep the entries for which this expression holds')
            [CompletionResult]::new('--ordering', '--ordering', [CompletionResultType]::ParameterName, 'Sort by these fields')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show at most this many entries')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Show at most this many entries')
            [CompletionResult]::new('--offset', '--offset', [CompletionResultType]::ParameterName, 'Pass over this many entries first')
            [CompletionResult]::new('--page', '--page', [CompletionResultType]::ParameterName, 'Show this page, counted from 1')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns, in this order')
            [CompletionResult]::new('--database', '--database', [CompletionResultType]::ParameterName, 'Read this database')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and no other')
            [CompletionResult]::new('--log-dir', '--log-dir', [CompletionResultType]::ParameterName, 'Look for the service''s log files in this folder')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'Show times in this zone, and read them in it')
            [CompletionResult]::new('--log-timezone', '--log-timezone', [CompletionResultType]::ParameterName, 'Read the stamps of log records in this zone')
            [CompletionResult]::new('--audit-table', '--audit-table', [CompletionResultType]::ParameterName, 'Read audit entries from this table')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Show all matching entries')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'Print only the number of matching entries')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Print no header')
            [CompletionResult]::new('--fail-empty', '--fail-empty', [CompletionResultType]::ParameterName, 'Exit with 1 when no entry matches')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC, and read them so')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Show secrets instead of masking them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'auditctl;show' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--database', '--database', [CompletionResultType]::ParameterName, 'Read this database')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and no other')
            [CompletionResult]::new('--log-dir', '--log-dir', [CompletionResultType]::ParameterName, 'Look for the service''s log files in this folder')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'Show times in this zone, and read them in it')
            [CompletionResult]::new('--log-timezone', '--log-timezone', [CompletionResultType]::ParameterName, 'Read the stamps of log records in this zone')
            [CompletionResult]::new('--audit-table', '--audit-table', [CompletionResultType]::ParameterName, 'Read audit entries from this table')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output')
            [CompletionResult]::new('--raw', '--raw', [CompletionResultType]::ParameterName, 'Print the stored details of one entry, byte for byte')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC, and read them so')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Show secrets instead of masking them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'auditctl;stats' {
            [CompletionResult]::new('--by', '--by', [CompletionResultType]::ParameterName, 'Count by these')
            [CompletionResult]::new('--top', '--top', [CompletionResultType]::ParameterName, 'Show only the largest groups, so many of them')
            [CompletionResult]::new('--ordering', '--ordering', [CompletionResultType]::ParameterName, 'Sort by these columns')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Keep the entries of this user')
            [CompletionResult]::new('--action', '--action', [CompletionResultType]::ParameterName, 'Keep the entries whose action contains this text')
            [CompletionResult]::new('--model', '--model', [CompletionResultType]::ParameterName, 'Keep the entries about this model')
            [CompletionResult]::new('--record-id', '--record-id', [CompletionResultType]::ParameterName, 'Keep the entries about the object with this id')
            [CompletionResult]::new('--method', '--method', [CompletionResultType]::ParameterName, 'Keep the requests with one of these methods')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'Keep the requests whose path matches this pattern')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Keep the requests that were answered with one of these statuses')
            [CompletionResult]::new('--search', '--search', [CompletionResultType]::ParameterName, 'Keep the entries whose details contain this text')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Keep the entries written at this time or later')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Keep the entries written before this time')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Keep the entries for which this expression holds')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show at most this many rows')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Show at most this many rows')
            [CompletionResult]::new('--offset', '--offset', [CompletionResultType]::ParameterName, 'Pass over this many rows first')
            [CompletionResult]::new('--page', '--page', [CompletionResultType]::ParameterName, 'Show this page, counted from 1')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns, in this order')
            [CompletionResult]::new('--database', '--database', [CompletionResultType]::ParameterName, 'Read this database')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and no other')
            [CompletionResult]::new('--log-dir', '--log-dir', [CompletionResultType]::ParameterName, 'Look for the service''s log files in this folder')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'Show times in this zone, and read them in it')
            [CompletionResult]::new('--log-timezone', '--log-timezone', [CompletionResultType]::ParameterName, 'Read the stamps of log records in this zone')
            [CompletionResult]::new('--audit-table', '--audit-table', [CompletionResultType]::ParameterName, 'Read audit entries from this table')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output')
            [CompletionResult]::new('--fold-ids', '--fold-ids', [CompletionResultType]::ParameterName, 'Take numbers and UUIDs in paths for one and the same')
            [CompletionResult]::new('--error-rate', '--error-rate', [CompletionResultType]::ParameterName, 'Count failures too')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Show all rows')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Print no header')
            [CompletionResult]::new('--fail-empty', '--fail-empty', [CompletionResultType]::ParameterName, 'Exit with 1 when no entry matches')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC, and read them so')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Show secrets instead of masking them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'auditctl;tail' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Keep the entries of this user')
            [CompletionResult]::new('--action', '--action', [CompletionResultType]::ParameterName, 'Keep the entries whose action contains this text')
            [CompletionResult]::new('--model', '--model', [CompletionResultType]::ParameterName, 'Keep the entries about this model')
            [CompletionResult]::new('--record-id', '--record-id', [CompletionResultType]::ParameterName, 'Keep the entries about the object with this id')
            [CompletionResult]::new('--method', '--method', [CompletionResultType]::ParameterName, 'Keep the requests with one of these methods')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'Keep the requests whose path matches this pattern')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Keep the requests that were answered with one of these statuses')
            [CompletionResult]::new('--search', '--search', [CompletionResultType]::ParameterName, 'Keep the entries whose details contain this text')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Keep the entries written at this time or later')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Keep the entries written before this time')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Keep the entries for which this expression holds')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show at most this many entries')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Show at most this many entries')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns, in this order')
            [CompletionResult]::new('--database', '--database', [CompletionResultType]::ParameterName, 'Read this database')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and no other')
            [CompletionResult]::new('--log-dir', '--log-dir', [CompletionResultType]::ParameterName, 'Look for the service''s log files in this folder')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'Show times in this zone, and read them in it')
            [CompletionResult]::new('--log-timezone', '--log-timezone', [CompletionResultType]::ParameterName, 'Read the stamps of log records in this zone')
            [CompletionResult]::new('--audit-table', '--audit-table', [CompletionResultType]::ParameterName, 'Read audit entries from this table')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Show more entries as they are written')
            [CompletionResult]::new('--follow', '--follow', [CompletionResultType]::ParameterName, 'Show more entries as they are written')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Print no header')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC, and read them so')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Show secrets instead of masking them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'auditctl;export' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Keep the entries of this user')
            [CompletionResult]::new('--action', '--action', [CompletionResultType]::ParameterName, 'Keep the entries whose action contains this text')
            [CompletionResult]::new('--model', '--model', [CompletionResultType]::ParameterName, 'Keep the entries about this model')
            [CompletionResult]::new('--record-id', '--record-id', [CompletionResultType]::ParameterName, 'Keep the entries about the object with this id')
            [CompletionResult]::new('--method', '--method', [CompletionResultType]::ParameterName, 'Keep the requests with one of these methods')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'Keep the requests whose path matches this pattern')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Keep the requests that were answered with one of these statuses')
            [CompletionResult]::new('--search', '--search', [CompletionResultType]::ParameterName, 'Keep the entries whose details contain this text')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Keep the entries written at this time or later')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Keep the entries written before this time')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Keep the entries for which this expression holds')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show at most this many rows')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Show at most this many rows')
            [CompletionResult]::new('--offset', '--offset', [CompletionResultType]::ParameterName, 'Pass over this many rows first')
            [CompletionResult]::new('--page', '--page', [CompletionResultType]::ParameterName, 'Show this page, counted from 1')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write in this format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write in this format')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns, in this order')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Write to this file')
            [CompletionResult]::new('--split-by', '--split-by', [CompletionResultType]::ParameterName, 'Write a file for each day, or begin a new one at a size')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'Write down what was exported')
            [CompletionResult]::new('--cursor-file', '--cursor-file', [CompletionResultType]::ParameterName, 'Export what is new since the last run with this file')
            [CompletionResult]::new('--database', '--database', [CompletionResultType]::ParameterName, 'Read this database')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and no other')
            [CompletionResult]::new('--log-dir', '--log-dir', [CompletionResultType]::ParameterName, 'Look for the service''s log files in this folder')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'Show times in this zone, and read them in it')
            [CompletionResult]::new('--log-timezone', '--log-timezone', [CompletionResultType]::ParameterName, 'Read the stamps of log records in this zone')
            [CompletionResult]::new('--audit-table', '--audit-table', [CompletionResultType]::ParameterName, 'Read audit entries from this table')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Show all rows')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Print no header')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace a file that exists')
            [CompletionResult]::new('--fail-empty', '--fail-empty', [CompletionResultType]::ParameterName, 'Exit with 1 when there is nothing to export')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC, and read them so')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Show secrets instead of masking them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'auditctl;versions' {
            [CompletionResult]::new('--revision', '--revision', [CompletionResultType]::ParameterName, 'List the versions of this revision instead')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Keep what this user did')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Keep what was done at this time or later')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Keep what was done before this time')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show at most this many rows')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Show at most this many rows')
            [CompletionResult]::new('--offset', '--offset', [CompletionResultType]::ParameterName, 'Pass over this many rows first')
            [CompletionResult]::new('--page', '--page', [CompletionResultType]::ParameterName, 'Show this page, counted from 1')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns, in this order')
            [CompletionResult]::new('--database', '--database', [CompletionResultType]::ParameterName, 'Read this database')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and no other')
            [CompletionResult]::new('--log-dir', '--log-dir', [CompletionResultType]::ParameterName, 'Look for the service''s log files in this folder')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'Show times in this zone, and read them in it')
            [CompletionResult]::new('--log-timezone', '--log-timezone', [CompletionResultType]::ParameterName, 'Read the stamps of log records in this zone')
            [CompletionResult]::new('--audit-table', '--audit-table', [CompletionResultType]::ParameterName, 'Read audit entries from this table')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Show all rows')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Print no header')
            [CompletionResult]::new('--fail-empty', '--fail-empty', [CompletionResultType]::ParameterName, 'Exit with 1 when nothing is listed')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC, and read them so')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Show secrets instead of masking them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'auditctl;diff' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Compare this version, or `live`')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'With this version, or `live`')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--database', '--database', [CompletionResultType]::ParameterName, 'Read this database')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and no other')
            [CompletionResult]::new('--log-dir', '--log-dir', [CompletionResultType]::ParameterName, 'Look for the service''s log files in this folder')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'Show times in this zone, and read them in it')
            [CompletionResult]::new('--log-timezone', '--log-timezone', [CompletionResultType]::ParameterName, 'Read the stamps of log records in this zone')
            [CompletionResult]::new('--audit-table', '--audit-table', [CompletionResultType]::ParameterName, 'Read audit entries from this table')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'Exit with 1 when there is a difference')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC, and read them so')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Show secrets instead of masking them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'auditctl;blame' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns, in this order')
            [CompletionResult]::new('--database', '--database', [CompletionResultType]::ParameterName, 'Read this database')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and no other')
            [CompletionResult]::new('--log-dir', '--log-dir', [CompletionResultType]::ParameterName, 'Look for the service''s log files in this folder')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'Show times in this zone, and read them in it')
            [CompletionResult]::new('--log-timezone', '--log-timezone', [CompletionResultType]::ParameterName, 'Read the stamps of log records in this zone')
            [CompletionResult]::new('--audit-table', '--audit-table', [CompletionResultType]::ParameterName, 'Read audit entries from this table')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Print no header')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC, and read them so')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Show secrets instead of masking them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'auditctl;history' {
            [CompletionResult]::new('--source', '--source', [CompletionResultType]::ParameterName, 'Take it from these sources only')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Keep what this user did')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Keep what was done at this time or later')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Keep what was done before this time')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show at most this many rows')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Show at most this many rows')
            [CompletionResult]::new('--offset', '--offset', [CompletionResultType]::ParameterName, 'Pass over this many rows first')
            [CompletionResult]::new('--page', '--page', [CompletionResultType]::ParameterName, 'Show this page, counted from 1')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns, in this order')
            [CompletionResult]::new('--database', '--database', [CompletionResultType]::ParameterName, 'Read this database')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and no other')
            [CompletionResult]::new('--log-dir', '--log-dir', [CompletionResultType]::ParameterName, 'Look for the service''s log files in this folder')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'Show times in this zone, and read them in it')
            [CompletionResult]::new('--log-timezone', '--log-timezone', [CompletionResultType]::ParameterName, 'Read the stamps of log records in this zone')
            [CompletionResult]::new('--audit-table', '--audit-table', [CompletionResultType]::ParameterName, 'Read audit entries from this table')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Show all rows')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Print no header')
            [CompletionResult]::new('--fail-empty', '--fail-empty', [CompletionResultType]::ParameterName, 'Exit with 1 when nothing is known of the object')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC, and read them so')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Show secrets instead of masking them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'auditctl;deleted' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Keep what this user did')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Keep what was done at this time or later')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Keep what was done before this time')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show at most this many rows')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Show at most this many rows')
            [CompletionResult]::new('--offset', '--offset', [CompletionResultType]::ParameterName, 'Pass over this many rows first')
            [CompletionResult]::new('--page', '--page', [CompletionResultType]::ParameterName, 'Show this page, counted from 1')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns, in this order')
            [CompletionResult]::new('--database', '--database', [CompletionResultType]::ParameterName, 'Read this database')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and no other')
            [CompletionResult]::new('--log-dir', '--log-dir', [CompletionResultType]::ParameterName, 'Look for the service''s log files in this folder')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'Show times in this zone, and read them in it')
            [CompletionResult]::new('--log-timezone', '--log-timezone', [CompletionResultType]::ParameterName, 'Read the stamps of log records in this zone')
            [CompletionResult]::new('--audit-table', '--audit-table', [CompletionResultType]::ParameterName, 'Read audit entries from this table')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Show all rows')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Print no header')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'Print only the number of objects')
            [CompletionResult]::new('--fail-empty', '--fail-empty', [CompletionResultType]::ParameterName, 'Exit with 1 when there is none')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC, and read them so')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Show secrets instead of masking them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'auditctl;revert' {
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Go back to this version')
            [CompletionResult]::new('--field', '--field', [CompletionResultType]::ParameterName, 'Revert this field only')
            [CompletionResult]::new('--revision', '--revision', [CompletionResultType]::ParameterName, 'Revert every object of this revision')
            [CompletionResult]::new('--comment', '--comment', [CompletionResultType]::ParameterName, 'Say this in the new revision''s comment')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Record this user of the service as the one who did it')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--database', '--database', [CompletionResultType]::ParameterName, 'Read this database')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and no other')
            [CompletionResult]::new('--log-dir', '--log-dir', [CompletionResultType]::ParameterName, 'Look for the service''s log files in this folder')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'Show times in this zone, and read them in it')
            [CompletionResult]::new('--log-timezone', '--log-timezone', [CompletionResultType]::ParameterName, 'Read the stamps of log records in this zone')
            [CompletionResult]::new('--audit-table', '--audit-table', [CompletionResultType]::ParameterName, 'Read audit entries from this table')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output')
            [CompletionResult]::new('--with-parents', '--with-parents', [CompletionResultType]::ParameterName, 'Bring back what the objects refer to and is gone')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Apply the plan without asking')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Apply the plan without asking')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Print the plan and stop')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the plan and stop')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC, and read them so')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Show secrets instead of masking them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'auditctl;models' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns, in this order')
            [CompletionResult]::new('--database', '--database', [CompletionResultType]::ParameterName, 'Read this database')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and no other')
            [CompletionResult]::new('--log-dir', '--log-dir', [CompletionResultType]::ParameterName, 'Look for the service''s log files in this folder')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'Show times in this zone, and read them in it')
            [CompletionResult]::new('--log-timezone', '--log-timezone', [CompletionResultType]::ParameterName, 'Read the stamps of log records in this zone')
            [CompletionResult]::new('--audit-table', '--audit-table', [CompletionResultType]::ParameterName, 'Read audit entries from this table')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Print no header')
            [CompletionResult]::new('--fail-empty', '--fail-empty', [CompletionResultType]::ParameterName, 'Exit with 1 when no model has versions')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC, and read them so')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Show secrets instead of masking them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'auditctl;rotate' {
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Rotate a log that is larger than this')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Keep so many backups')
            [CompletionResult]::new('--method', '--method', [CompletionResultType]::ParameterName, 'Rotate in this way')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns, in this order')
            [CompletionResult]::new('--database', '--database', [CompletionResultType]::ParameterName, 'Read this database')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and no other')
            [CompletionResult]::new('--log-dir', '--log-dir', [CompletionResultType]::ParameterName, 'Look for the service''s log files in this folder')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'Show times in this zone, and read them in it')
            [CompletionResult]::new('--log-timezone', '--log-timezone', [CompletionResultType]::ParameterName, 'Read the stamps of log records in this zone')
            [CompletionResult]::new('--audit-table', '--audit-table', [CompletionResultType]::ParameterName, 'Read audit entries from this table')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Rotate whatever the size')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be done, and do nothing')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Print no header')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC, and read them so')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Show secrets instead of masking them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'auditctl;doctor' {
            [CompletionResult]::new('--only', '--only', [CompletionResultType]::ParameterName, 'Run these checks and no others')
            [CompletionResult]::new('--skip', '--skip', [CompletionResultType]::ParameterName, 'Leave these checks out')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns, in this order')
            [CompletionResult]::new('--database', '--database', [CompletionResultType]::ParameterName, 'Read this database')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and no other')
            [CompletionResult]::new('--log-dir', '--log-dir', [CompletionResultType]::ParameterName, 'Look for the service''s log files in this folder')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'Show times in this zone, and read them in it')
            [CompletionResult]::new('--log-timezone', '--log-timezone', [CompletionResultType]::ParameterName, 'Read the stamps of log records in this zone')
            [CompletionResult]::new('--audit-table', '--audit-table', [CompletionResultType]::ParameterName, 'Read audit entries from this table')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Print no header')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC, and read them so')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Show secrets instead of masking them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'auditctl;parse' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Keep the records of this user')
            [CompletionResult]::new('--model', '--model', [CompletionResultType]::ParameterName, 'Keep the records about this model')
            [CompletionResult]::new('--record-id', '--record-id', [CompletionResultType]::ParameterName, 'Keep the records about the object with this id')
            [CompletionResult]::new('--event', '--event', [CompletionResultType]::ParameterName, 'Keep the records of these events')
            [CompletionResult]::new('--level', '--level', [CompletionResultType]::ParameterName, 'Keep the records of these levels')
            [CompletionResult]::new('--logger', '--logger', [CompletionResultType]::ParameterName, 'Keep the records of this logger')
            [CompletionResult]::new('--search', '--search', [CompletionResultType]::ParameterName, 'Keep the records that contain this text')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Keep the records written at this time or later')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Keep the records written before this time')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Keep the records for which this expression holds')
            [CompletionResult]::new('--ordering', '--ordering', [CompletionResultType]::ParameterName, 'Sort by these fields')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show at most this many rows')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Show at most this many rows')
            [CompletionResult]::new('--offset', '--offset', [CompletionResultType]::ParameterName, 'Pass over this many rows first')
            [CompletionResult]::new('--page', '--page', [CompletionResultType]::ParameterName, 'Show this page, counted from 1')
            [CompletionResult]::new('--by', '--by', [CompletionResultType]::ParameterName, 'Count the records of each group')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns, in this order')
            [CompletionResult]::new('--database', '--database', [CompletionResultType]::ParameterName, 'Read this database')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and no other')
            [CompletionResult]::new('--log-dir', '--log-dir', [CompletionResultType]::ParameterName, 'Look for the service''s log files in this folder')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'Show times in this zone, and read them in it')
            [CompletionResult]::new('--log-timezone', '--log-timezone', [CompletionResultType]::ParameterName, 'Read the stamps of log records in this zone')
            [CompletionResult]::new('--audit-table', '--audit-table', [CompletionResultType]::ParameterName, 'Read audit entries from this table')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Show all rows')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Go on with what is written from now on')
            [CompletionResult]::new('--follow', '--follow', [CompletionResultType]::ParameterName, 'Go on with what is written from now on')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'Print only the number of matching records')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Print no header')
            [CompletionResult]::new('--fail-empty', '--fail-empty', [CompletionResultType]::ParameterName, 'Exit with 1 when no record matches')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit with 1 when something can''t be understood')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC, and read them so')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Show secrets instead of masking them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'auditctl;config' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Print in this format')
            [CompletionResult]::new('--database', '--database', [CompletionResultType]::ParameterName, 'Read this database')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and no other')
            [CompletionResult]::new('--log-dir', '--log-dir', [CompletionResultType]::ParameterName, 'Look for the service''s log files in this folder')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'Show times in this zone, and read them in it')
            [CompletionResult]::new('--log-timezone', '--log-timezone', [CompletionResultType]::ParameterName, 'Read the stamps of log records in this zone')
            [CompletionResult]::new('--audit-table', '--audit-table', [CompletionResultType]::ParameterName, 'Read audit entries from this table')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC, and read them so')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Show secrets instead of masking them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'auditctl;demo' {
            [CompletionResult]::new('--database', '--database', [CompletionResultType]::ParameterName, 'Read this database')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and no other')
            [CompletionResult]::new('--log-dir', '--log-dir', [CompletionResultType]::ParameterName, 'Look for the service''s log files in this folder')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'Show times in this zone, and read them in it')
            [CompletionResult]::new('--log-timezone', '--log-timezone', [CompletionResultType]::ParameterName, 'Read the stamps of log records in this zone')
            [CompletionResult]::new('--audit-table', '--audit-table', [CompletionResultType]::ParameterName, 'Read audit entries from this table')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC, and read them so')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Show secrets instead of masking them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'auditctl;completions' {
            [CompletionResult]::new('--database', '--database', [CompletionResultType]::ParameterName, 'Read this database')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and no other')
            [CompletionResult]::new('--log-dir', '--log-dir', [CompletionResultType]::ParameterName, 'Look for the service''s log files in this folder')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'Show times in this zone, and read them in it')
            [CompletionResult]::new('--log-timezone', '--log-timezone', [CompletionResultType]::ParameterName, 'Read the stamps of log records in this zone')
            [CompletionResult]::new('--audit-table', '--audit-table', [CompletionResultType]::ParameterName, 'Read audit entries from this table')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC, and read them so')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Show secrets instead of masking them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'auditctl;man' {
            [CompletionResult]::new('--database', '--database', [CompletionResultType]::ParameterName, 'Read this database')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file, and no other')
            [CompletionResult]::new('--log-dir', '--log-dir', [CompletionResultType]::ParameterName, 'Look for the service''s log files in this folder')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'Show times in this zone, and read them in it')
            [CompletionResult]::new('--log-timezone', '--log-timezone', [CompletionResultType]::ParameterName, 'Read the stamps of log records in this zone')
            [CompletionResult]::new('--audit-table', '--audit-table', [CompletionResultType]::ParameterName, 'Read audit entries from this table')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times in UTC, and read them so')
            [CompletionResult]::new('--reveal', '--reveal', [CompletionResultType]::ParameterName, 'Show secrets instead of masking them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'auditctl;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List audit entries')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show entries in full')
            [CompletionResult]::new('stats', 'stats', [CompletionResultType]::ParameterValue, 'Count audit entries by user, action, path, status or time')
            [CompletionResult]::new('tail', 'tail', [CompletionResultType]::ParameterValue, 'Show the newest entries, and more as they come')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Export all matching entries, to a file or a pipe')
            [CompletionResult]::new('versions', 'versions', [CompletionResultType]::ParameterValue, 'Show the versions of an object, or of a revision')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what changed between two versions of an object')
            [CompletionResult]::new('blame', 'blame', [CompletionResultType]::ParameterValue, 'Show who last set each field of an object')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'Show one timeline of an object')
            [CompletionResult]::new('deleted', 'deleted', [CompletionResultType]::ParameterValue, 'List objects that are gone but can be brought back')
            [CompletionResult]::new('revert', 'revert', [CompletionResultType]::ParameterValue, 'Put an object back as a version has it, or bring a deleted one back')
            [CompletionResult]::new('models', 'models', [CompletionResultType]::ParameterValue, 'List the models that have versions')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Rotate log files without losing a line')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check that all is well, and say what to do where it is not')
            [CompletionResult]::new('parse', 'parse', [CompletionResultType]::ParameterValue, 'Ask the log files')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show what is in force, and where each value came from')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Build a small real database and logs to try everything on')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the script with which a shell completes this program''s command line')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual of the program or of one of its verbs')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'auditctl;help;list' {
            break
        }
        'auditctl;help;show' {
            break
        }
        'auditctl;help;stats' {
            break
        }
        'auditctl;help;tail' {
            break
        }
        'auditctl;help;export' {
            break
        }
        'auditctl;help;versions' {
            break
        }
        'auditctl;help;diff' {
            break
        }
        'auditctl;help;blame' {
            break
        }
        'auditctl;help;history' {
            break
        }
        'auditctl;help;deleted' {
            break
        }
        'auditctl;help;revert' {
            break
        }
        'auditctl;help;models' {
            break
        }
        'auditctl;help;rotate' {
            break
        }
        'auditctl;help;doctor' {
            break
        }
        'auditctl;help;parse' {
            break
        }
        'auditctl;help;config' {
            break
        }
        'auditctl;help;demo' {
            break
        }
        'auditctl;help;completions' {
            break
        }
        'auditctl;help;man' {
            break
        }
        'auditctl;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
