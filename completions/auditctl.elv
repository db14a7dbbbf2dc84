
use builtin;
use str;

set edit:completion:arg-completer[auditctl] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'auditctl'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'auditctl'= {
            cand --database 'Read this database'
            cand --profile 'Use this profile of the configuration file'
            cand --config 'Read this configuration file, and no other'
            cand --log-dir 'Look for the service''s log files in this folder'
            cand --timezone 'Show times in this zone, and read them in it'
            cand --log-timezone 'Read the stamps of log records in this zone'
            cand --audit-table 'Read audit entries from this table'
            cand --color 'Colour the output'
            cand --utc 'Show times in UTC, and read them so'
            cand --reveal 'Show secrets instead of masking them'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -v 'Say more on stderr'
            cand --verbose 'Say more on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand list 'List audit entries'
            cand show 'Show entries in full'
            cand config 'Show what is in force, and where each value came from'
            cand demo 'Build a small real database and logs to try everything on'
            cand completions 'Print the script with which a shell completes this program''s command line'
            cand man 'Print the manual of the program or of one of its verbs'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'auditctl;list'= {
            cand --user 'Keep the entries of this user'
            cand --action 'Keep the entries whose action contains this text'
            cand --model 'Keep the entries about this model'
            cand --record-id 'Keep the entries about the object with this id'
            cand --method 'Keep the requests with one of these methods'
            cand --path 'Keep the requests whose path matches this pattern'
            cand --status 'Keep the requests that were answered with one of these statuses'
            cand --search 'Keep the entries whose details contain this text'
            cand --since 'Keep the entries written at this time or later'
            cand --until 'Keep the entries written before this time'
            cand --ordering 'Sort by these fields'
            cand --limit 'Show at most this many entries'
            cand --offset 'Pass over this many entries first'
            cand --page 'Show this page, counted from 1'
            cand -o 'Print in this format'
            cand --output 'Print in this format'
            cand --columns 'Show these columns, in this order'
            cand --database 'Read this database'
            cand --profile 'Use this profile of the configuration file'
            cand --config 'Read this configuration file, and no other'
            cand --log-dir 'Look for the service''s log files in this folder'
            cand --timezone 'Show times in this zone, and read them in it'
            cand --log-timezone 'Read the stamps of log records in this zone'
            cand --audit-table 'Read audit entries from this table'
            cand --color 'Colour the output'
            cand --all 'Show all matching entries'
            cand --count 'Print only the number of matching entries'
            cand --no-header 'Print no header'
            cand --fail-empty 'Exit with 1 when no entry matches'
            cand --utc 'Show times in UTC, and read them so'
            cand --reveal 'Show secrets instead of masking them'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -v 'Say more on stderr'
            cand --verbose 'Say more on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'auditctl;show'= {
            cand -o 'Print in this format'
            cand --output 'Print in this format'
            cand --database 'Read this database'
            cand --profile 'Use this profile of the configuration file'
            cand --config 'Read this configuration file, and no other'
            cand --log-dir 'Look for the service''s log files in this folder'
            cand --timezone 'Show times in this zone, and read them in it'
            cand --log-timezone 'Read the stamps of log records in this zone'
            cand --audit-table 'Read audit entries from this table'
            cand --color 'Colour the output'
            cand --raw 'Print the stored details of one entry, byte for byte'
            cand --utc 'Show times in UTC, and read them so'
            cand --reveal 'Show secrets instead of masking them'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -v 'Say more on stderr'
            cand --verbose 'Say more on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'auditctl;config'= {
            cand -o 'Print in this format'
            cand --output 'Print in this format'
            cand --database 'Read this database'
            cand --profile 'Use this profile of the configuration file'
            cand --config 'Read this configuration file, and no other'
            cand --log-dir 'Look for the service''s log files in this folder'
            cand --timezone 'Show times in this zone, and read them in it'
            cand --log-timezone 'Read the stamps of log records in this zone'
            cand --audit-table 'Read audit entries from this table'
            cand --color 'Colour the output'
            cand --utc 'Show times in UTC, and read them so'
            cand --reveal 'Show secrets instead of masking them'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -v 'Say more on stderr'
            cand --verbose 'Say more on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'auditctl;demo'= {
            cand --database 'Read this database'
            cand --profile 'Use this profile of the configuration file'
            cand --config 'Read this configuration file, and no other'
            cand --log-dir 'Look for the service''s log files in this folder'
            cand --timezone 'Show times in this zone, and read them in it'
            cand --log-timezone 'Read the stamps of log records in this zone'
            cand --audit-table 'Read audit entries from this table'
            cand --color 'Colour the output'
            cand --utc 'Show times in UTC, and read them so'
            cand --reveal 'Show secrets instead of masking them'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -v 'Say more on stderr'
            cand --verbose 'Say more on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'auditctl;completions'= {
            cand --database 'Read this database'
            cand --profile 'Use this profile of the configuration file'
            cand --config 'Read this configuration file, and no other'
            cand --log-dir 'Look for the service''s log files in this folder'
            cand --timezone 'Show times in this zone, and read them in it'
            cand --log-timezone 'Read the stamps of log records in this zone'
            cand --audit-table 'Read audit entries from this table'
            cand --color 'Colour the output'
            cand --utc 'Show times in UTC, and read them so'
            cand --reveal 'Show secrets instead of masking them'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -v 'Say more on stderr'
            cand --verbose 'Say more on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'auditctl;man'= {
            cand --database 'Read this database'
            cand --profile 'Use this profile of the configuration file'
            cand --config 'Read this configuration file, and no other'
            cand --log-dir 'Look for the service''s log files in this folder'
            cand --timezone 'Show times in this zone, and read them in it'
            cand --log-timezone 'Read the stamps of log records in this zone'
            cand --audit-table 'Read audit entries from this table'
            cand --color 'Colour the output'
            cand --utc 'Show times in UTC, and read them so'
            cand --reveal 'Show secrets instead of masking them'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -v 'Say more on stderr'
            cand --verbose 'Say more on stderr'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'auditctl;help'= {
            cand list 'List audit entries'
            cand show 'Show entries in full'
            cand config 'Show what is in force, and where each value came from'
            cand demo 'Build a small real database and logs to try everything on'
            cand completions 'Print the script with which a shell completes this program''s command line'
            cand man 'Print the manual of the program or of one of its verbs'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'auditctl;help;list'= {
        }
        &'auditctl;help;show'= {
        }
        &'auditctl;help;config'= {
        }
        &'auditctl;help;demo'= {
        }
        &'auditctl;help;completions'= {
        }
        &'auditctl;help;man'= {
        }
        &'auditctl;help;help'= {
        }
    ]
    $completions[$command]
}
